package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.client.InvalidRequestException;
import dev.offramp.client.NotFoundException;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Tier;
import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a new user does with the commands, from own texts to answers, each in its own process. */
final class UserJourneyIT {
  private static final long SEED = 11;
  private static final String TRAINING =
      "--data train.tsv --out mine --holdout 60 --batch 16 --layers 3 --hidden 32 --heads 2"
          + " --intermediate 64 --vocabulary 200 --max-length 24 --seed 5 --threads 2 --label-names bad,good";

  @TempDir private static Path work;

  @BeforeAll
  static void trainCalibrateAndCompile() throws IOException, InterruptedException {
    Files.write(work.resolve("train.tsv"), texts(260, SEED));
    Files.write(work.resolve("heldout.tsv"), texts(60, SEED + 1));
    run("train", (TRAINING + " --epochs 3").split(" "));
    run("calibrate", "mine", "--data", "mine.training/holdout.jsonl", "--speedups", "1.5,2");
    run("compile", "mine", "--out", "mine.offramp");
  }

  @Test
  void evaluate_showsEveryExitTierAndCurve() throws IOException, InterruptedException {
    run(
        "evaluate",
        "mine",
        "--data",
        "heldout.tsv",
        "--json",
        "evaluation.json",
        "--traces",
        work.resolve("heldout.traces").toString(),
        "--plot",
        work.resolve("pictures").toString());
    JsonNode json = Json.readTree(work.resolve("evaluation.json"));
    assertThat(json.path("texts").asInt()).isEqualTo(60);
    assertThat(json.path("exits").size()).isEqualTo(3);
    // Its threshold reaches 2x on the 60 texts that it was chosen on; these are 60 others.
    assertThat(json.path("tiers").path("x2").path("layerSpeedup").asDouble()).isGreaterThan(1.5);
    assertThat(json.path("curves").path("entropy").path("curve").size()).isGreaterThan(1);
    assertThat(Files.readString(work.resolve("evaluate.log")))
        .contains("tier", "full", "x1.5", "energy", "label score", "patience");
    assertThat(work.resolve("pictures/curve.png")).isNotEmptyFile();
    assertThat(work.resolve("pictures/depths.svg")).isNotEmptyFile();
    run(
        "evaluate",
        "--from-traces",
        work.resolve("heldout.traces").toString(),
        "--json",
        "again.json");
    JsonNode again = Json.readTree(work.resolve("again.json"));
    for (String field : List.of("metric", "full", "curve", "at", "areaUnderCurve")) {
      assertThat(again.path(field)).as(field).isEqualTo(json.path(field));
      assertThat(again.path(field).isMissingNode()).isFalse();
    }
  }

  @Test
  void calibrate_risks_writesCertifiedTiers_orRefusesTooFewTexts()
      throws IOException, InterruptedException {
    Path traces = work.resolve("risk.traces");
    run("evaluate", "mine", "--data", "heldout.tsv", "--traces", traces.toString());
    assertThatThrownBy(
            () -> run("calibrate", "mine", "--from-traces", traces.toString(), "--risk", "0.01"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("texts: 60 (expected: >= 238 for risk 0.01 at delta 0.1");
    run(
        "calibrate",
        "mine",
        "--from-traces",
        traces.toString(),
        "--speedups",
        "1.5,2",
        "--risk",
        "0.1");
    JsonNode tier = Json.readTree(work.resolve("mine/tiers.json")).path("tiers").path(3);
    assertThat(tier.path("name").asString()).isEqualTo("risk0.1");
    assertThat(tier.path("certificate").path("n").asInt()).isEqualTo(60);
  }

  @Test
  void serve_answersTiersAndRefusesBadInput_thenDrainsOnSigterm()
      throws IOException, InterruptedException {
    try (OfframpProcess server = serve("mine.offramp")) {
      try (var offramp = OfframpClient.connect("localhost:" + port(server))) {
        assertThat(offramp.models().getFirst().labels()).containsExactly("bad", "good");
        assertThat(offramp.classify("good good film").layers()).isEqualTo(3);
        assertThat(offramp.classify("good good film", Tier.of("x2")).exitDepth()).isBetween(1, 3);
        assertThatThrownBy(() -> offramp.classify("good", Tier.of("x9")))
            .isInstanceOf(NotFoundException.class)
            .hasMessageContainingAll("x9", "full", "x1.5", "x2");
        assertThatThrownBy(() -> offramp.classify("good ".repeat(40)))
            .isInstanceOf(InvalidRequestException.class)
            .hasMessageContainingAll("42", "24");
        run(
            "classify",
            "--server",
            "localhost:" + port(server),
            "--tier",
            "x2",
            "--json",
            "answers.json",
            "a good film",
            "a bad film");
        assertThat(Json.readTree(work.resolve("answers.json")).path("answers").size()).isEqualTo(2);
      }
      assertThat(server.stop()).isIn(0, 143);
      assertThat(Files.readString(work.resolve("serve.log"))).contains("Draining", "Closed");
    }
  }

  @Test
  void serve_damagedArtifact_isRefusedWithFileAndReason() throws IOException, InterruptedException {
    Path damaged = work.resolve("damaged.offramp");
    try (var files = Files.walk(work.resolve("mine.offramp"))) {
      for (Path file : files.toList()) {
        Files.copy(file, damaged.resolve(work.resolve("mine.offramp").relativize(file).toString()));
      }
    }
    Path vocabulary = damaged.resolve("vocab.txt");
    byte[] bytes = Files.readAllBytes(vocabulary);
    bytes[bytes.length / 2] ^= 1;
    Files.write(vocabulary, bytes);
    assertThatThrownBy(() -> run("serve", "damaged.offramp", "--port", "0"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("exit code 1", "vocab.txt", "sha256");
  }

  @Test
  void train_badRow_isRefusedByLineNumber() throws IOException {
    Files.write(work.resolve("bad.tsv"), List.of("a good film\tpositive", "no label here"));
    assertThatThrownBy(() -> run("train", "--data", "bad.tsv", "--out", "never"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("exit code 1", "bad.tsv", "2");
    assertThat(work.resolve("never")).doesNotExist();
  }

  @Test
  void train_outThatIsSomethingElse_isRefusedBeforeTraining() throws IOException {
    assertThatThrownBy(() -> run("train", "--data", "train.tsv", "--out", "train.tsv"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("exit code 1", "train.tsv", "not a checkpoint");
  }

  @Test
  void train_otherSettingsInTheSamePlace_saysWhichDiffer() {
    assertThatThrownBy(() -> run("train", (TRAINING + " --epochs 4").split(" ")))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("exit code 1", "epochs=3 (now: epochs=4)", "mine.training")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\tat "));
  }

  @Test
  void demo_labelsThatTheModelLacks_areRefused() throws IOException {
    Files.write(work.resolve("foreign.tsv"), List.of("sentence\tlabel", "a good film\tpos"));
    assertThatThrownBy(() -> run("demo", "--checkpoint", "mine", "--sentences", "foreign.tsv"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContainingAll("exit code 1", "'pos'", "[bad, good]");
  }

  private static OfframpProcess serve(String artifact) throws IOException {
    return OfframpProcess.start(
        work.resolve("serve.log"),
        "serve",
        work.resolve(artifact).toString(),
        "--port",
        "0",
        "--port-file",
        work.resolve("port").toString());
  }

  private static String port(OfframpProcess server) throws IOException, InterruptedException {
    Path file = work.resolve("port");
    while (!Files.exists(file)) {
      assertThat(server.isAlive()).as("server: %s", work.resolve("serve.log")).isTrue();
      Thread.sleep(20);
    }
    return Files.readString(file).strip();
  }

  /* File names in the arguments are of the work directory. */
  private static void run(String command, String... arguments)
      throws IOException, InterruptedException {
    var all = new ArrayList<String>();
    all.add(command);
    for (String argument : arguments) {
      boolean file = argument.matches("(mine|never|damaged)(\\.offramp)?|[a-z./]+\\.(tsv|jsonl?)");
      all.add(file ? work.resolve(argument).toString() : argument);
    }
    OfframpProcess.run(work.resolve(command + ".log"), all.toArray(String[]::new));
  }

  /** Texts whose label depends on one word; some have a second word that says it again. */
  private static List<String> texts(int count, long seed) {
    var random = new Random(seed);
    var rows = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      boolean positive = random.nextBoolean();
      String word = positive ? "good" : "bad";
      String again = random.nextBoolean() ? " and " + (positive ? "charming" : "dull") : "";
      String noun = List.of("film", "story", "cast", "ending").get(random.nextInt(4));
      String rest = " about " + random.nextInt(1000) + " things";
      rows.add("a " + word + again + " " + noun + rest + "\t" + (positive ? 1 : 0));
    }
    return rows;
  }
}
