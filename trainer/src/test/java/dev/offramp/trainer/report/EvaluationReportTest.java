package dev.offramp.trainer.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.io.Json;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

class EvaluationReportTest {
  private static final Offset<Double> CLOSE = within(1e-9);
  private static final long SEED = 51;
  private static final Evaluation EVALUATION = random(300, 6, 2, SEED);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void curve_anyRule_isWhatTheRuleGivesTextByText(RuleKind kind) {
    EvaluationReport report = EvaluationReport.of("m", EVALUATION, Metric.ACCURACY, 1, 40);
    MetricCurve curve = report.curve(kind);
    assertThat(curve.rule()).isEqualTo(kind);
    assertThat(curve.points().getFirst().layerSpeedup()).isEqualTo(1);
    assertThat(curve.points().getFirst().metric()).isEqualTo(curve.full());
    double last = 0;
    for (CurvePoint point : curve.points()) {
      ExitRule rule =
          point.layerSpeedup() == 1 ? ExitRule.fullDepth() : kind.rule(point.threshold(), 1);
      Evaluation.Outcome outcome = EVALUATION.outcome(rule);
      assertThat(point.metric()).isCloseTo(outcome.accuracy().orElseThrow(), CLOSE);
      assertThat(point.meanDepth()).isCloseTo(outcome.meanExitDepth(), CLOSE);
      assertThat(point.exits()).isEqualTo(outcome.exits());
      assertThat(point.layerSpeedup()).isCloseTo(outcome.layerSpeedup(), CLOSE);
      assertThat(point.layerSpeedup()).as("seed %d", SEED).isGreaterThan(last);
      last = point.layerSpeedup();
    }
    if (kind != RuleKind.PATIENCE) {
      assertThat(last).isEqualTo(6);
      assertThat(curve.points()).hasSizeBetween(25, 40);
    }
  }

  @Test
  void at_andArea_ofAHandMadeCurve_areThoseOfStraightLines() {
    var curve =
        new MetricCurve(
            RuleKind.ENERGY,
            Metric.ACCURACY,
            0.9,
            List.of(
                new CurvePoint(0, 0.9, 1, 12),
                new CurvePoint(0.1, 0.8, 3, 4),
                new CurvePoint(0.2, 0.5, 7, 12 / 7.0)));
    assertThat(curve.at(1)).hasValueSatisfying(v -> assertThat(v).isCloseTo(0.9, CLOSE));
    assertThat(curve.at(2)).hasValueSatisfying(v -> assertThat(v).isCloseTo(0.85, CLOSE));
    assertThat(curve.at(5)).hasValueSatisfying(v -> assertThat(v).isCloseTo(0.65, CLOSE));
    assertThat(curve.at(7.1)).isEmpty();
    // 1 to 3: 2 * 0.85; 3 to 6: 0.8 to 0.575, 3 * 0.6875.
    assertThat(curve.areaTo()).isEqualTo(6);
    assertThat(curve.areaUnderCurve()).isCloseTo((2 * 0.85 + 3 * 0.6875) / 5, CLOSE);
  }

  @Test
  void area_curveThatEndsEarly_isOverItsOwnWidth() {
    var curve =
        new MetricCurve(
            RuleKind.PATIENCE,
            Metric.ACCURACY,
            0.9,
            List.of(new CurvePoint(6, 0.9, 1, 6), new CurvePoint(1, 0.7, 3, 2)));
    assertThat(curve.areaTo()).isEqualTo(3);
    assertThat(curve.areaUnderCurve()).isCloseTo(0.8, CLOSE);
  }

  @Test
  void inversion_byHand_countsPairs() {
    // Doubts of right texts 1, 2, 3, of wrong ones 2, 4: pairs in order 1<2, 2=2, 3>2, and all <4.
    double[] doubt = {1, 2, 3, 2, 4};
    boolean[] right = {true, true, true, false, false};
    assertThat(ExitMeasures.inversion(doubt, right))
        .hasValueSatisfying(v -> assertThat(v).isCloseTo((1 + 0.5 + 0 + 3) / 6, CLOSE));
    assertThat(ExitMeasures.inversion(new double[] {1, 2}, new boolean[] {true, true})).isEmpty();
  }

  @Test
  void inversion_random_isThatOfAllPairs() {
    var random = new Random(SEED);
    double[] doubt = random.ints(60, 0, 20).asDoubleStream().toArray();
    var right = new boolean[60];
    double orderly = 0;
    double pairs = 0;
    for (int n = 0; n < 60; n++) {
      right[n] = random.nextInt(3) > 0;
    }
    for (int e = 0; e < 60; e++) {
      for (int h = 0; h < 60; h++) {
        if (right[e] && !right[h]) {
          pairs++;
          orderly += doubt[e] < doubt[h] ? 1 : doubt[e] == doubt[h] ? 0.5 : 0;
        }
      }
    }
    double expected = orderly / pairs;
    assertThat(ExitMeasures.inversion(doubt, right))
        .hasValueSatisfying(v -> assertThat(v).as("seed %d", SEED).isCloseTo(expected, CLOSE));
  }

  @Test
  void calibrationError_byHand_sumsOverBins() {
    // Bins of 1/15: 0.95 and 0.97 in one, half right; 0.5 alone, wrong.
    assertThat(
            ExitMeasures.calibrationError(
                new double[] {0.95, 0.97, 0.5}, new boolean[] {true, false, false}))
        .isCloseTo((Math.abs(0.95 + 0.97 - 1) + 0.5) / 3, CLOSE);
    assertThat(ExitMeasures.calibrationError(new double[] {1}, new boolean[] {true})).isZero();
  }

  @Test
  void exits_measures_areThoseOfLeavingThere() {
    EvaluationReport report = EvaluationReport.of("m", EVALUATION, Metric.ACCURACY, 1, 10);
    for (ExitMeasures exit : report.exits()) {
      Evaluation.Outcome outcome = EVALUATION.outcomeAtDepth(exit.depth());
      assertThat(exit.metric()).isCloseTo(outcome.accuracy().orElseThrow(), CLOSE);
      assertThat(exit.agreement()).isCloseTo(outcome.agreement(), CLOSE);
    }
    assertThat(report.exits().getLast().agreement()).isEqualTo(1);
  }

  /** What normalizing does not do: with one threshold for all exits it decides nothing. */
  @Test
  void normalizedEnergy_sharedThreshold_decidesAsRawEnergyDoes() {
    double[][] raw = SignalTransfer.rawEnergy(EVALUATION);
    double[][] normalized =
        new ExitTable(EVALUATION, Metric.AGREEMENT, 1).values(ExitSignal.ENERGY);
    for (double threshold : new double[] {-6, -3, -2, -1, 0, 0.5}) {
      for (int n = 0; n < raw.length; n++) {
        for (int m = 0; m < raw[n].length; m++) {
          assertThat(normalized[n][m] < 1 / (1 + Math.exp(-threshold)))
              .isEqualTo(raw[n][m] < threshold);
        }
      }
    }
  }

  @Test
  void transfer_byHand_isTheMeanDistanceOfShares() {
    // Two internal exits with values 0..3 and 0, 0, 0, 12: thresholds of the first at 0.75, 1.5,
    // 2.25 let 1/4, 2/4, 3/4 leave there and 3/4 at the second; those of the second at 3, 6, 9
    // let 3/4 leave there, and 3/4 (3 is not below 3), 1 and 1 at the first.
    double[][] values = {{0, 0}, {1, 0}, {2, 0}, {3, 12}};
    SignalTransfer transfer = SignalTransfer.of("x", values, 3);
    assertThat(transfer.transferError()).isCloseTo((0.5 + 0.25 + 0 + 0 + 0.25 + 0.25) / 6, CLOSE);
    assertThat(transfer.exitsUsed()).isBetween(1.0, 3.0);
  }

  @Test
  void curve_ofATemperature_isThatOfRulesAtIt() {
    EvaluationReport report = EvaluationReport.of("m", EVALUATION, Metric.ACCURACY, 3, 20);
    MetricCurve curve = report.curve(RuleKind.of(ExitSignal.ENTROPY));
    assertThat(curve.points()).hasSizeGreaterThan(2);
    for (CurvePoint point : curve.points()) {
      ExitRule rule = curve.rule().rule(point.threshold(), 3);
      if (point.layerSpeedup() > 1) {
        assertThat(report.metricUnder(rule)).isEqualTo(point.metric());
        assertThat(EVALUATION.outcome(rule).layerSpeedup()).isCloseTo(point.layerSpeedup(), CLOSE);
      }
    }
    assertThat(report.numbers(RuleKind.ENERGY)).containsEntry("temperature", 3.0);
  }

  @Test
  void inversion_ofDoubtsThatAreNoNumbers_ends() {
    double[] doubt = {Double.NaN, 0.2, Double.NaN, 0.1};
    assertThat(ExitMeasures.inversion(doubt, new boolean[] {false, true, false, true}))
        .contains(1.0);
  }

  @Test
  void transfer_sameRangeEverywhere_losesNothing() {
    double[][] values = {{0, 0}, {0.5, 0.5}, {1, 1}};
    assertThat(SignalTransfer.of("x", values, 3).transferError()).isZero();
  }

  @Test
  void distance_ofDistributions_isHalfTheSumOfDifferences() {
    DepthDistribution train = DepthDistribution.of("train", List.of(8, 1, 1));
    DepthDistribution dev = DepthDistribution.of("dev", List.of(50, 20, 30));
    assertThat(train.distance(dev)).isCloseTo(0.3, CLOSE);
    assertThat(train.distance(train)).isZero();
  }

  @Test
  void numbers_jsonAndCsv_holdTheFieldsOfTheFormat() throws IOException {
    EvaluationReport report = EvaluationReport.of("a, b", EVALUATION, Metric.MATTHEWS, 1, 20);
    Path file = directory.resolve("e.json");
    Json.write(file, report.numbers(RuleKind.ENERGY));
    JsonNode json = Json.readTree(file);
    assertThat(json.path("metric").asString()).isEqualTo("matthews");
    assertThat(json.path("full").isNumber()).isTrue();
    assertThat(json.path("at").propertyNames()).containsExactly("2.0", "3.0", "4.0");
    assertThat(json.path("areaUnderCurve").isNumber()).isTrue();
    assertThat(json.path("curve").path(1).propertyNames())
        .containsExactly("threshold", "metric", "layerSpeedup", "meanDepth", "exits");
    List<String> csv = EvaluationReport.csv(List.of(report)).lines().toList();
    assertThat(csv.getFirst())
        .isEqualTo("checkpoint,rule,threshold,metric,value,layerSpeedup,meanDepth,exits");
    assertThat(csv.get(1)).startsWith("\"a, b\",energy,0.0,matthews,");
    assertThat(csv)
        .hasSize(1 + report.curves().stream().mapToInt(curve -> curve.points().size()).sum());
  }

  @Test
  void of_labelMetricWithoutLabels_isRefused() {
    var unlabelled =
        new Evaluation(6, EVALUATION.names(), EVALUATION.traces(), Optional.empty(), 0);
    assertThat(Metric.F1.over(unlabelled)).isEqualTo(Metric.AGREEMENT);
    assertThatThrownBy(() -> EvaluationReport.of("m", unlabelled, Metric.F1, 1, 10))
        .hasMessageContaining("metric: f1 (expected: agreement");
    assertThat(
            EvaluationReport.of("m", unlabelled, Metric.AGREEMENT, 1, 10)
                .curves()
                .getFirst()
                .full())
        .isEqualTo(1);
  }

  @Test
  void pictures_written_arePngAndSvgWithSomethingInThem() throws IOException {
    EvaluationReport report = EvaluationReport.of("m", EVALUATION, Metric.ACCURACY, 1, 60);
    Path curve = directory.resolve("pictures/curve");
    Pictures.curves(
        curve,
        "Accuracy against speed-up",
        report.curves().stream().map(c -> c.rule().words()).toList(),
        report.curves());
    Path depths = directory.resolve("pictures/depths");
    Pictures.depths(
        depths, "Where texts leave", List.of(report.depths(ExitSignal.ENERGY, 2).orElseThrow()));
    for (Path file : List.of(curve, depths)) {
      var image = ImageIO.read(file.resolveSibling(file.getFileName() + ".png").toFile());
      assertThat(image.getWidth()).isEqualTo(2160);
      assertThat(colors(image)).isGreaterThan(20);
      assertThat(Files.readString(file.resolveSibling(file.getFileName() + ".svg")))
          .contains("<svg", "</svg>");
    }
  }

  private static long colors(java.awt.image.BufferedImage image) {
    var seen = new java.util.HashSet<Integer>();
    for (int y = 0; y < image.getHeight(); y += 2) {
      for (int x = 0; x < image.getWidth(); x += 2) {
        seen.add(image.getRGB(x, y));
      }
    }
    return seen.size();
  }

  private static Evaluation random(int texts, int layers, int classes, long seed) {
    var random = new Random(seed);
    var traces = new ArrayList<Trace>();
    var labels = new ArrayList<Integer>();
    for (int n = 0; n < texts; n++) {
      int label = random.nextInt(classes);
      var logits = new float[layers * classes];
      for (int i = 0; i < logits.length; i++) {
        double lift = i % classes == label ? 0.6 * (1 + i / classes) : 0;
        logits[i] = (float) (lift + random.nextGaussian());
      }
      traces.add(Trace.of(layers, classes, logits));
      labels.add(label);
    }
    return new Evaluation(layers, List.of("no", "yes"), traces, Optional.of(labels), 0);
  }

  @Test
  void depths_ofModelsOfSeveralDepths_areDrawnWhicheverComesFirst() throws IOException {
    var shallow = DepthDistribution.of("shallow", List.of(5, 0, 3));
    var deep = DepthDistribution.of("deep", List.of(1, 1, 1, 1, 4));
    for (List<DepthDistribution> order : List.of(List.of(shallow, deep), List.of(deep, shallow))) {
      Path file = directory.resolve(order.getFirst().name());
      Pictures.depths(file, "Where texts leave", order);
      assertThat(ImageIO.read(directory.resolve(file + ".png").toFile()).getWidth()).isPositive();
      assertThat(directory.resolve(file + ".svg")).isNotEmptyFile();
    }
  }
}
