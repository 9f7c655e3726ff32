package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.tier.Calibration;
import dev.offramp.model.tier.Curve;
import dev.offramp.model.tier.CurvePoint;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvaluationTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  /**
   * Four texts, three exits. Label scores of the internal exits: text 1 9/10 and 9/10; text 2 1/2
   * and 3/4; text 3 1/2 and 1/2; text 4 3/4 and 9/10. The last exit says 1, 1, 0, 1.
   */
  private static final Evaluation FOUR =
      evaluation(
          List.of(1, 0, 0, 0),
          new double[][] {
            {0, 9, 0, 9, 0, 9}, {0, 1, 3, 1, 1, 9}, {1, 1, 1, 1, 9, 1}, {3, 1, 0, 9, 0, 9}
          });

  @Test
  void outcome_byHand_countsWhereTextsLeaveAndWhetherTheyAreRight() {
    // Above 0.7: text 1 leaves at 1 (1, right), 2 at 2 (0, right), 3 at 3 (0, right), 4 at 1 (0,
    // right).
    Evaluation.Outcome outcome = FOUR.outcome(new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.7));
    assertThat(outcome.exits()).containsExactly(2, 1, 1);
    assertThat(outcome.meanExitDepth()).isEqualTo(7 / 4.0);
    assertThat(outcome.layerSpeedup()).isCloseTo(3 * 4 / 7.0, CLOSE);
    assertThat(outcome.accuracy()).contains(1.0);
    assertThat(outcome.agreement()).isEqualTo(2 / 4.0); // Texts 2 and 4 would have changed.
  }

  @Test
  void outcome_fullDepth_agreesWithItself() {
    Evaluation.Outcome outcome = FOUR.outcome(ExitRule.fullDepth());
    assertThat(outcome.exits()).containsExactly(0, 0, 4);
    assertThat(outcome.layerSpeedup()).isEqualTo(1);
    assertThat(outcome.agreement()).isEqualTo(1);
    assertThat(outcome.accuracy()).contains(2 / 4.0);
  }

  @Test
  void outcomeAtDepth_isThatExitsOwnAccuracy() {
    assertThat(FOUR.outcomeAtDepth(1).accuracy()).contains(1.0); // Ties go to class 0.
    assertThat(FOUR.outcomeAtDepth(2).accuracy()).contains(3 / 4.0);
    assertThat(FOUR.outcomeAtDepth(2).layerSpeedup()).isEqualTo(1.5);
    assertThatThrownBy(() -> FOUR.outcomeAtDepth(4)).hasMessage("depth: 4 (expected: 1 to 3)");
  }

  @Test
  void outcome_thresholdOutsideTheSignalsRange_isRefused() {
    assertThatThrownBy(() -> FOUR.outcome(new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.4)))
        .hasMessageContaining("threshold: 0.4");
  }

  @ParameterizedTest
  @EnumSource
  void curve_anySignal_runsFromFullDepthToTheFirstExit(ExitSignal signal) {
    Evaluation evaluation = random(200, 6, 11);
    Curve curve = evaluation.curve(signal, 1, Metric.ACCURACY, 40);
    assertThat(curve.metric()).isEqualTo("accuracy");
    assertThat(curve.points().getFirst().layerSpeedup()).isEqualTo(1);
    assertThat(curve.points().getFirst().agreement()).isEqualTo(1);
    assertThat(curve.points().getLast().layerSpeedup()).isEqualTo(6);
    assertThat(curve.points())
        .isSortedAccordingTo(Comparator.comparingDouble(CurvePoint::layerSpeedup));
    for (CurvePoint point : curve.points()) {
      Evaluation.Outcome outcome =
          evaluation.outcome(new ExitRule.Threshold(signal, point.threshold()));
      assertThat(point.meanExitDepth()).isEqualTo(outcome.meanExitDepth());
      assertThat(point.metric()).isEqualTo(outcome.accuracy().orElseThrow());
    }
  }

  @ParameterizedTest
  @EnumSource
  void atSpeedup_anySignal_isTheSafestThresholdThatReachesIt(ExitSignal signal) {
    Evaluation evaluation = random(100, 5, 13);
    for (double speedup : new double[] {1.5, 2, 3, 4.5}) {
      ExitRule.Threshold rule = evaluation.atSpeedup(signal, 1, speedup).orElseThrow();
      Evaluation.Outcome outcome = evaluation.outcome(rule);
      assertThat(outcome.layerSpeedup())
          .as("seed 13, x%s", speedup)
          .isGreaterThanOrEqualTo(speedup);
      // Tolerance: of 100 texts one leaves one layer later on the other side of the next signal.
      assertThat(outcome.layerSpeedup()).isLessThan(speedup + 0.3);
    }
    assertThat(evaluation.atSpeedup(signal, 1, 5.01)).isEmpty();
  }

  @Test
  void tiers_defaults_holdTheSpeedupsThatTheModelReaches() {
    Evaluation evaluation = random(300, 3, 17);
    var recorded =
        new RecordedTraces(
            evaluation, "texts.tsv", "0".repeat(64), "1".repeat(64), RecordedTraces.FLOAT32);
    Tiers tiers = Calibrator.tiers(recorded, Calibrator.Settings.defaults());
    assertThat(tiers.calibration())
        .isEqualTo(new Calibration(300, "0".repeat(64), "1".repeat(12), "float32"));
    assertThat(tiers.names()).containsExactly("full", "x1.5", "x2", "x3"); // Three layers: no x4.
    Tier fast = tiers.find("x2").orElseThrow();
    Evaluation.Outcome outcome = evaluation.outcome(fast.rule());
    assertThat(fast.layerSpeedup()).isEqualTo(outcome.layerSpeedup()).isGreaterThanOrEqualTo(2);
    assertThat(fast.agreement()).isEqualTo(outcome.agreement());
    assertThat(tiers.curves()).hasSize(1);
  }

  @Test
  void curve_withoutLabels_measuresAgreement() {
    Evaluation labelled = random(50, 4, 19);
    var unlabelled =
        new Evaluation(labelled.layers(), labelled.names(), labelled.traces(), Optional.empty(), 0);
    Curve curve = unlabelled.curve(ExitSignal.ENERGY, 1, Metric.AGREEMENT, 10);
    assertThat(curve.metric()).isEqualTo("agreement");
    assertThat(curve.points()).allMatch(point -> point.metric() == point.agreement());
    assertThatThrownBy(() -> unlabelled.curve(ExitSignal.ENERGY, 1, Metric.F1, 10))
        .hasMessage("metric: f1 (expected: agreement, since the texts have no labels)");
  }

  @ParameterizedTest
  @EnumSource
  void curve_anyMetric_isThatOfThePredictionsAtEachThreshold(Metric metric) {
    Evaluation evaluation = random(80, 4, 23);
    List<Integer> truth = evaluation.truth(metric);
    Curve curve = evaluation.curve(ExitSignal.ENTROPY, 1, metric, 12);
    assertThat(curve.metric()).isEqualTo(metric.id());
    assertThat(curve.points()).hasSizeGreaterThan(3);
    for (CurvePoint point : curve.points()) {
      var rule = new ExitRule.Threshold(ExitSignal.ENTROPY, point.threshold());
      int[] predicted =
          evaluation.traces().stream()
              .mapToInt(trace -> trace.label(trace.exit(rule).orElseThrow().depth()))
              .toArray();
      assertThat(point.metric()).isEqualTo(metric.of(truth, predicted, evaluation.classes()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void tiers_taskOrAskedMetric_isThatOfTheCurve(Metric asked) {
    Evaluation evaluation = random(60, 3, 29);
    var recorded =
        new RecordedTraces(
            evaluation,
            "dev.tsv",
            "0".repeat(64),
            "1".repeat(64),
            "float32",
            Metric.MATTHEWS,
            Optional.empty());
    Calibrator.Settings task = Calibrator.Settings.defaults();
    assertThat(Calibrator.tiers(recorded, task).curves().getFirst().metric()).isEqualTo("matthews");
    var settings =
        new Calibrator.Settings(
            ExitSignal.ENERGY, 1, List.of(2.0), List.of(), 0.1, Optional.of(asked), 9);
    assertThat(Calibrator.tiers(recorded, settings).curves().getFirst().metric())
        .isEqualTo(asked.id());
  }

  @Test
  void settings_speedupsOutOfOrder_areSortedAndChecked() {
    assertThat(new Calibrator.Settings(ExitSignal.ENERGY, 1, List.of(3.0, 2.0, 3.0), 9).speedups())
        .containsExactly(2.0, 3.0);
    assertThatThrownBy(() -> new Calibrator.Settings(ExitSignal.ENERGY, 1, List.of(1.0), 9))
        .hasMessage("speed-up: 1.0 (expected: > 1)");
  }

  /** Traces whose softmax has the given odds at each exit. */
  private static Evaluation evaluation(List<Integer> labels, double[][] odds) {
    List<Trace> traces =
        Arrays.stream(odds)
            .map(row -> {
              var logits = new float[row.length];
              for (int i = 0; i < row.length; i++) {
                logits[i] = (float) Math.log(Math.max(row[i], 1));
              }
              return Trace.of(row.length / 2, 2, logits);
            })
            .toList();
    return new Evaluation(
        RandomModels.config(odds[0].length / 2, 4, 1, 4, 2), traces, Optional.of(labels), 0);
  }

  private static Evaluation random(int texts, int layers, long seed) {
    var random = new Random(seed);
    List<Trace> traces =
        IntStream.range(0, texts)
            .mapToObj(i -> Trace.of(layers, 2, TensorSignalsTest.normal(random, 2 * layers, 2)))
            .toList();
    List<Integer> labels = random.ints(texts, 0, 2).boxed().toList();
    return new Evaluation(RandomModels.config(layers, 4, 1, 4, 2), traces, Optional.of(labels), 0);
  }
}
