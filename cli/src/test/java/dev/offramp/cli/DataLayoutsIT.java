package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.Json;
import dev.offramp.trainer.EvaluationTexts;
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

/** Sentence pairs and GLUE's layouts through the commands. */
final class DataLayoutsIT {
  private static final long SEED = 17;
  private static final String SHAPE =
      "--epochs 2 --batch 16 --layers 3 --hidden 32 --heads 2 --intermediate 64 --vocabulary 120"
          + " --max-length 24 --threads 1";

  @TempDir private static Path work;

  @BeforeAll
  static void train() throws IOException, InterruptedException {
    System.out.println("DataLayoutsIT: seed " + SEED);
    Files.write(work.resolve("train.tsv"), pairs(160, SEED));
    Files.write(work.resolve("dev.tsv"), pairs(40, SEED + 1));
    var arguments =
        new ArrayList<>(List.of("train", "--data", at("train.tsv"), "--dev", at("dev.tsv")));
    arguments.addAll(List.of("--out", at("mine"), "--holdout", "30"));
    arguments.addAll(List.of(SHAPE.split(" ")));
    run(arguments.toArray(String[]::new));
  }

  @Test
  void calibrate_pairsHeldOut_writesTiers() throws IOException, InterruptedException {
    Path heldOut = work.resolve("mine.training/holdout.jsonl");
    assertThat(EvaluationTexts.read(heldOut).rows())
        .hasSize(30)
        .allSatisfy(row -> assertThat(row.pair()).isPresent());
    run("calibrate", at("mine"), "--data", heldOut.toString(), "--speedups", "1.5");
    JsonNode tiers = Json.readTree(work.resolve("mine/tiers.json")).path("tiers");
    assertThat(tiers.size()).isEqualTo(2);
  }

  @Test
  void calibrate_mrpc_keepsTheCurveOfF1OrOfTheMetricAsked()
      throws IOException, InterruptedException {
    run("calibrate", at("mine"), "--data", at("dev.tsv"), "--speedups", "1.5");
    assertThat(metricOfCurve()).isEqualTo("f1");
    run("calibrate", at("mine"), "--data", at("dev.tsv"), "--metric", "accuracy");
    assertThat(metricOfCurve()).isEqualTo("accuracy");
    Files.writeString(work.resolve("plain.txt"), "a good film\na bad film\n");
    assertThatThrownBy(
            () -> run("calibrate", at("mine"), "--data", at("plain.txt"), "--metric", "f1"))
        .hasMessageContaining("--metric: f1 (expected: agreement; ");
  }

  private static String metricOfCurve() {
    JsonNode tiers = Json.readTree(work.resolve("mine/tiers.json"));
    return tiers.path("curves").path(0).path("metric").asString();
  }

  @Test
  void pretrain_columnsThatOnlyTheirFormatTells_areRead() throws IOException, InterruptedException {
    var rows = new ArrayList<String>();
    for (int i = 0; i < 24; i++) {
      rows.add("gj\tx\t\tthe film is good in scene " + i % 5);
    }
    Files.write(work.resolve("columns.tsv"), rows);
    var arguments =
        new ArrayList<>(List.of("pretrain", "--data", at("columns.tsv"), "--out", at("start")));
    arguments.addAll(List.of(SHAPE.split(" ")));
    arguments.addAll(List.of("--format", "cola"));
    assertThatThrownBy(() -> run(arguments.toArray(String[]::new)))
        .hasMessageContaining("columns.tsv, line 1: label 'x' (expected: one of 0, 1)");
    Files.write(
        work.resolve("columns.tsv"), rows.stream().map(row -> row.replace("x", "0")).toList());
    run(arguments.toArray(String[]::new));
    assertThat(work.resolve("start/model.safetensors")).exists();
  }

  @Test
  void evaluate_mrpc_measuresF1AndAccuracy() throws IOException, InterruptedException {
    run("evaluate", at("mine"), "--data", at("dev.tsv"), "--json", at("e.json"));
    JsonNode json = Json.readTree(work.resolve("e.json"));
    assertThat(json.path("metric").asString()).isEqualTo("f1");
    JsonNode accuracy = json.path("alsoBy").path("accuracy");
    assertThat(accuracy.path("metric").asString()).isEqualTo("accuracy");
    assertThat(accuracy.path("full").asDouble()).isBetween(0.0, 1.0);
    assertThat(accuracy.path("curve").size()).isGreaterThan(1);
    run(
        "evaluate",
        at("mine"),
        "--data",
        at("dev.tsv"),
        "--metric",
        "matthews",
        "--json",
        at("m.json"));
    JsonNode asked = Json.readTree(work.resolve("m.json"));
    assertThat(asked.path("metric").asString()).isEqualTo("matthews");
    assertThat(asked.path("alsoBy").isMissingNode()).isTrue();
  }

  @Test
  void evaluate_testFileWithoutLabels_measuresAgreement() throws IOException, InterruptedException {
    Files.writeString(
        work.resolve("test.tsv"),
        "index\tsentence1\tsentence2\n0\ta good film\ta \"good\" story\n1\ta bad film\ta cast\n");
    run("evaluate", at("mine"), "--data", at("test.tsv"), "--json", at("t.json"));
    JsonNode json = Json.readTree(work.resolve("t.json"));
    assertThat(json.path("metric").asString()).isEqualTo("agreement");
    assertThat(json.path("texts").asInt()).isEqualTo(2);
  }

  @Test
  void commands_badFiles_areRefusedWithTheLine() throws IOException {
    Files.writeString(
        work.resolve("rte.tsv"), "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tentailment\n");
    assertThatThrownBy(() -> run("evaluate", at("mine"), "--data", at("rte.tsv")))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("rte.tsv, line 2: label 'entailment' (expected: one of the model's");
    Files.writeString(work.resolve("cola.tsv"), "gj\t1\t\ta film\ngj\tx\t\ta cast\n");
    assertThatThrownBy(() -> run("train", "--data", at("cola.tsv"), "--out", at("never")))
        .hasMessageContaining("say --format cola");
    assertThatThrownBy(
            () -> run("train", "--data", at("cola.tsv"), "--format", "cola", "--out", at("never")))
        .hasMessageContaining("cola.tsv, line 2: label 'x' (expected: one of 0, 1)");
    assertThat(work.resolve("never")).doesNotExist();
  }

  private static String at(String name) {
    return work.resolve(name).toString();
  }

  private static void run(String... arguments) throws IOException, InterruptedException {
    OfframpProcess.run(work.resolve(arguments[0] + ".log"), arguments);
  }

  /** MRPC's layout: pairs that are the same where both sentences say the same of a noun. */
  private static List<String> pairs(int count, long seed) {
    var random = new Random(seed);
    var rows = new ArrayList<String>();
    rows.add("\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String");
    for (int i = 0; i < count; i++) {
      boolean same = random.nextInt(3) > 0;
      boolean good = random.nextBoolean();
      rows.add(
          "%d\t%d\t%d\t%s\t%s"
              .formatted(
                  same ? 1 : 0,
                  i,
                  count + i,
                  sentence(good, random),
                  sentence(same == good, random)));
    }
    return rows;
  }

  private static String sentence(boolean good, Random random) {
    String noun = List.of("film", "story", "cast", "ending").get(random.nextInt(4));
    return "the \"%s is %s in scene %d"
        .formatted(noun, good ? "good" : "bad", random.nextInt(1000));
  }
}
