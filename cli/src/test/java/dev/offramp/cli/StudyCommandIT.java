package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A study as a user does it, each command in its own process, and what becomes of its models. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // The last one spoils the page.
final class StudyCommandIT {
  private static final long SEED = 17;

  /** A margin that no signal reaches, so that training warns. */
  private static final String STUDY =
      "--objectives COSEE,SUM --seeds 1 --epochs 2 --batch 16 --layers 3 --hidden 32 --heads 2"
          + " --intermediate 64 --vocabulary 200 --max-length 24 --threads 2"
          + " --signal LABEL_SCORE --temperature 1.5 --margin 1000 --keep-checkpoints";

  @TempDir private static Path work;
  private static Path out;

  @BeforeAll
  static void study() throws IOException, InterruptedException {
    System.out.println("StudyCommandIT: seed " + SEED);
    Files.write(work.resolve("train.tsv"), texts(160, SEED));
    Files.write(work.resolve("dev.tsv"), texts(60, SEED + 1));
    out = work.resolve("results");
    run("study", studying());
  }

  @Test
  @Order(1)
  void study_done_tellsWhatTrainingWarnedOf() throws IOException {
    assertThat(Files.readString(work.resolve("study.log")))
        .containsOnlyOnce("  warning: calibration: its mean loss is")
        .contains("tiny-cosee-1: accuracy", "trained in");
    assertThat(Files.readString(out.resolve("README.md")))
        .contains("--margin 1000", "accuracy by layer speed-up with label score thresholds")
        .contains("- cosee, seed 1: calibration: its mean loss is");
    assertThat(out.resolve("tiny.png")).isNotEmptyFile();
    assertThat(out.resolve("tiny.svg")).isNotEmptyFile();
  }

  @Test
  @Order(2)
  void study_byAnotherRule_comparesWithoutTraining() throws IOException, InterruptedException {
    run("study", studying("--rule", "ENTROPY"));
    assertThat(Files.readString(work.resolve("study.log")))
        .doesNotContain("trained in")
        .contains("tiny-cosee-1", "tiny-sum-1", "done before", "  warning: calibration");
    assertThat(Files.readString(out.resolve("README.md"))).contains("with entropy thresholds");
  }

  @Test
  @Order(3)
  void calibrate_withoutASignal_takesThatOfTheTraining() throws IOException, InterruptedException {
    String checkpoint = out.resolve("checkpoints/tiny-cosee-1").toString();
    run("calibrate", checkpoint, "--data", dev(), "--speedups", "1.5");
    JsonNode rule = x15(checkpoint);
    assertThat(rule.path("signal").asString()).isEqualTo("label_score");
    assertThat(rule.path("temperature").asDouble()).isEqualTo(1.5);

    // Another signal does not take over the first one's temperature.
    String learned = work.resolve("train.tsv").toString();
    run("calibrate", checkpoint, "--data", learned, "--speedups", "1.2,1.5", "--signal", "ENERGY");
    assertThat(Files.readString(work.resolve("calibrate.log")))
        .contains("warning: the checkpoint learned from this very file")
        .doesNotContain("No longer there");
    run("calibrate", checkpoint, "--data", dev(), "--speedups", "1.5", "--signal", "ENERGY");
    assertThat(Files.readString(work.resolve("calibrate.log")))
        .contains("No longer there: x1.2.")
        .doesNotContain("warning: ");
    rule = x15(checkpoint);
    assertThat(rule.path("signal").asString()).isEqualTo("energy");
    assertThat(rule.path("temperature").asDouble()).isEqualTo(1);
  }

  @Test
  @Order(4)
  void evaluate_withoutARule_showsTheTrainingsFirst() throws IOException, InterruptedException {
    String json = work.resolve("e.json").toString();
    run(
        "evaluate",
        out.resolve("checkpoints/tiny-cosee-1").toString(),
        "--data",
        dev(),
        "--json",
        json);
    JsonNode run = Json.readTree(Path.of(json));
    assertThat(run.path("rule").asString()).isEqualTo("label_score");
    assertThat(run.path("temperature").asDouble()).isEqualTo(1.5);
    // A study's traces say it too.
    run(
        "evaluate",
        "--from-traces",
        out.resolve("cells/tiny-cosee-1.traces").toString(),
        "--json",
        json);
    JsonNode again = Json.readTree(Path.of(json));
    for (String field : List.of("rule", "temperature", "full", "curve")) {
      assertThat(again.path(field)).as(field).isEqualTo(run.path(field));
    }
  }

  @Test
  @Order(5)
  void evaluate_severalCheckpoints_comparesTheDepthsOfEach()
      throws IOException, InterruptedException {
    Path json = work.resolve("c.json");
    Path pictures = work.resolve("compared");
    run(
        "evaluate",
        out.resolve("checkpoints/tiny-cosee-1").toString(),
        out.resolve("checkpoints/tiny-sum-1").toString(),
        "--data",
        work.resolve("train.tsv").toString(),
        "--compare",
        dev(),
        "--speedups",
        "1.5",
        "--json",
        json.toString(),
        "--plot",
        pictures.toString());
    assertThat(Files.readString(work.resolve("evaluate.log")))
        .containsPattern("checkpoint +same threshold")
        .containsPattern("tiny-cosee-1 +1.5x")
        .containsPattern("tiny-sum-1 +1.5x");
    JsonNode both = Json.readTree(json).path("checkpoints");
    assertThat(both.size()).isEqualTo(2);
    for (JsonNode one : both) {
      assertThat(one.path("depths").size()).isEqualTo(2);
      assertThat(one.path("depthDistance").asDouble(-1)).isBetween(0.0, 1.0);
    }
    assertThat(both.path(0).path("depths")).isNotEqualTo(both.path(1).path("depths"));
    assertThat(pictures.resolve("comparison.svg")).isNotEmptyFile();
    // Two of one name go by their paths.
    Path twin = work.resolve("tiny-cosee-1");
    Files.createDirectories(twin);
    try (var files = Files.list(out.resolve("checkpoints/tiny-sum-1"))) {
      for (Path file : files.toList()) {
        Files.copy(file, twin.resolve(file.getFileName()));
      }
    }
    run(
        "evaluate",
        out.resolve("checkpoints/tiny-cosee-1").toString(),
        twin.toString(),
        "--data",
        dev(),
        "--json",
        json.toString());
    assertThat(Json.readTree(json).path("checkpoints"))
        .extracting(one -> one.path("name").asString())
        .containsExactly(out.resolve("checkpoints/tiny-cosee-1").toString(), twin.toString());
  }

  @Test
  @Order(6)
  void study_whereAPageOfSomeoneElseLies_leavesIt() throws IOException {
    Path page = Files.writeString(out.resolve("README.md"), "# Mine\n");
    assertThatThrownBy(() -> run("study", studying()))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("README.md: is no study's");
    assertThat(page).hasContent("# Mine");
  }

  @Test
  @Order(7)
  void study_intoACheckpoint_isRefused() {
    Path checkpoint = out.resolve("checkpoints/tiny-sum-1");
    assertThatThrownBy(() -> run("study", studying("--out", checkpoint.toString())))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("tiny-sum-1: is a checkpoint");
  }

  private static JsonNode x15(String checkpoint) {
    JsonNode tier = Json.readTree(Path.of(checkpoint, "tiers.json")).path("tiers").path(1);
    assertThat(tier.path("name").asString()).isEqualTo("x1.5");
    return tier.path("rule");
  }

  private static String dev() {
    return work.resolve("dev.tsv").toString();
  }

  private static String[] studying(String... more) {
    var all = new ArrayList<>(List.of(STUDY.split(" ")));
    all.addAll(List.of("--set", "tiny=%s,%s".formatted(work.resolve("train.tsv"), dev())));
    if (!List.of(more).contains("--out")) {
      all.addAll(List.of("--out", out.toString()));
    }
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static void run(String command, String... arguments)
      throws IOException, InterruptedException {
    var all = new ArrayList<String>();
    all.add(command);
    all.addAll(List.of(arguments));
    OfframpProcess.run(work.resolve(command + ".log"), all.toArray(String[]::new));
  }

  private static List<String> texts(int count, long seed) {
    var random = new Random(seed);
    var rows = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      boolean good = random.nextBoolean();
      rows.add(
          "the %s number %d was %s\t%s"
              .formatted(
                  random.nextBoolean() ? "film" : "cast",
                  random.nextInt(9),
                  good ? "great" : "awful",
                  good ? "good" : "bad"));
    }
    return rows;
  }
}
