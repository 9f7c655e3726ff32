package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RiskControlTest {
  private static final double EPS = 0.05;
  private static final double DELTA = 0.1;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void boldest_over200SplitsOfATraceFile_breaksItsPromiseAtMostAsOftenAsDelta(ExitSignal signal)
      throws IOException {
    long seed = 21;
    int splits = 200;
    Path file = directory.resolve("traces.safetensors");
    TraceFile.write(file, recorded(SyntheticTraces.evaluation(4_000, 6, 3, seed)));
    Evaluation all = TraceFile.read(file).evaluation();
    RiskTrials trials = RiskTrials.of(all, signal, 1, EPS, DELTA, 400, splits, seed);
    int naivelyBroken = 0;
    var random = new Random(seed);
    List<Trace> shuffled = new ArrayList<>(all.traces());
    for (int split = 0; split < splits; split++) {
      Collections.shuffle(shuffled, random);
      Evaluation calibration = part(all, shuffled.subList(0, 400));
      Evaluation rest = part(all, shuffled.subList(400, shuffled.size()));
      naivelyBroken += 1 - rest.outcome(naive(calibration, signal)).agreement() > EPS ? 1 : 0;
    }
    System.out.printf(
        "seed %d, %s: %d of %d splits above %s (by the mean alone %d), mean speed-up %.2f%n",
        seed, signal.id(), trials.broken(), splits, EPS, naivelyBroken, trials.meanSpeedup());
    // Two standard deviations of 200 draws at 0.1 are 0.042.
    assertThat(trials.broken() / (double) splits).isLessThanOrEqualTo(DELTA + 0.042);
    assertThat(naivelyBroken / (double) splits).as("without a bound").isGreaterThan(DELTA + 0.042);
    assertThat(trials.meanSpeedup()).as("worth having").isGreaterThan(1.3);
  }

  /** All is well again at the bold end, but the walk must not reach it past a failure. */
  @Test
  void boldest_failureFollowedByGoodThresholds_stopsBeforeTheFailure() {
    // Two classes, three layers; the last says class 0. A third of the texts leave at exit 2
    // with class 1 from label score 0.9 down, and at exit 1 with class 0 from 0.7 down.
    List<Trace> traces = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      traces.add(
          i % 3 == 0
              ? trace(odds(7.0 / 3), odds(1 / 9.0), odds(3))
              : trace(odds(1.01), odds(20), odds(3)));
    }
    var evaluation = new Evaluation(3, List.of("a", "b"), traces, Optional.empty(), 0);
    // At 0.6 all third texts leave at exit 1, rightly; between 0.7 and 0.9 they leave wrongly.
    assertThat(evaluation.outcome(new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.6)).agreement())
        .isEqualTo(1);
    RiskControl.Choice choice =
        RiskControl.of(evaluation, ExitSignal.LABEL_SCORE, 1).boldest(EPS, DELTA);
    assertThat(choice.rule().threshold()).isGreaterThanOrEqualTo(0.9).isLessThan(20 / 21.0);
    assertThat(evaluation.outcome(choice.rule()).agreement()).isEqualTo(1);
    assertThat(choice.upperBound()).isLessThanOrEqualTo(EPS);
  }

  @Test
  void boldest_noDisagreementAtAll_leavesAtTheFirstExit() {
    List<Trace> traces = Collections.nCopies(300, trace(odds(2), odds(2), odds(2)));
    var evaluation = new Evaluation(3, List.of("a", "b"), traces, Optional.empty(), 0);
    for (ExitSignal signal : ExitSignal.values()) {
      RiskControl.Choice choice = RiskControl.of(evaluation, signal, 1).boldest(EPS, DELTA);
      assertThat(evaluation.outcome(choice.rule()).layerSpeedup()).as(signal.id()).isEqualTo(3);
    }
  }

  @Test
  void boldest_everyInternalExitWrong_leavesNobodyEarly() {
    List<Trace> traces = Collections.nCopies(300, trace(odds(0.5), odds(0.5), odds(2)));
    var evaluation = new Evaluation(3, List.of("a", "b"), traces, Optional.empty(), 0);
    RiskControl.Choice choice =
        RiskControl.of(evaluation, ExitSignal.ENERGY, 1).boldest(EPS, DELTA);
    assertThat(evaluation.outcome(choice.rule()).layerSpeedup()).isEqualTo(1);
  }

  @Test
  void tiers_risks_carryTheirCertificatesAndNeedNoLabels() {
    Evaluation evaluation = SyntheticTraces.evaluation(1_000, 6, 3, 23);
    var unlabelled =
        new Evaluation(6, evaluation.names(), evaluation.traces(), Optional.empty(), 0);
    var settings =
        new Calibrator.Settings(ExitSignal.ENERGY, 1, List.of(2.0), List.of(0.1, 0.02), 0.05, 20);
    Tiers tiers = Calibrator.tiers(recorded(unlabelled), settings);
    assertThat(tiers.names()).containsExactly("full", "x2", "risk0.02", "risk0.1");
    Tier tier = tiers.find("risk0.1").orElseThrow();
    assertThat(tier.layerSpeedup())
        .isGreaterThan(tiers.find("risk0.02").orElseThrow().layerSpeedup());
    Certificate certificate = tier.certificate().orElseThrow();
    assertThat(certificate)
        .isEqualTo(
            new Certificate(
                0.1,
                0.05,
                1_000,
                "disagreement",
                certificate.upperBound(),
                "a".repeat(64),
                "b".repeat(64),
                "float32"));
    assertThat(certificate.upperBound())
        .isGreaterThan(1 - tier.agreement())
        .isLessThanOrEqualTo(0.1);
    assertThat(tiers.find("x2").orElseThrow().certificate()).isEmpty();
  }

  @Test
  void tiers_tooFewTexts_isRefusedWithTheNumberNeeded() {
    int needed = RiskBound.textsNeeded(0.01, 0.1);
    Evaluation evaluation = SyntheticTraces.evaluation(needed - 1, 6, 3, 25);
    var settings = new Calibrator.Settings(ExitSignal.ENERGY, 1, List.of(), List.of(0.01), 0.1, 20);
    assertThatThrownBy(() -> Calibrator.tiers(recorded(evaluation), settings))
        .isInstanceOfSatisfying(
            TooFewTextsException.class, e -> assertThat(e.needed()).isEqualTo(needed))
        .hasMessageStartingWith(
            "texts: %d (expected: >= %d for risk 0.01 at delta 0.1".formatted(needed - 1, needed));
  }

  @Test
  void trials_noTextsLeftToCountOn_areRefused() {
    Evaluation evaluation = SyntheticTraces.evaluation(100, 6, 3, 26);
    assertThatThrownBy(() -> RiskTrials.of(evaluation, ExitSignal.ENERGY, 1, EPS, DELTA, 100, 5, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("texts a trial: 100 (expected: 1 to 99");
  }

  @Test
  void settings_riskOrDeltaThatIsNone_isRefused() {
    assertThatThrownBy(
            () -> new Calibrator.Settings(ExitSignal.ENERGY, 1, List.of(), List.of(1.0), 0.1, 20))
        .hasMessage("risk: 1.0 (expected: > 0 and < 1)");
    assertThatThrownBy(
            () -> new Calibrator.Settings(ExitSignal.ENERGY, 1, List.of(), List.of(), 0, 20))
        .hasMessage("delta: 0.0 (expected: > 0 and < 1)");
  }

  /** The boldest threshold whose mean disagreement is at most eps: what the bound is there for. */
  private static ExitRule.Threshold naive(Evaluation evaluation, ExitSignal signal) {
    var best = new ExitRule.Threshold(signal, ThresholdSequence.of(signal, 3)[0]);
    int i = 0;
    for (double threshold : ThresholdSequence.of(signal, 3)) {
      var rule = new ExitRule.Threshold(signal, threshold);
      if (i++ % 5 == 0 && 1 - evaluation.outcome(rule).agreement() <= EPS) {
        best = rule;
      }
    }
    return best;
  }

  private static Evaluation part(Evaluation all, List<Trace> traces) {
    return new Evaluation(all.layers(), all.names(), traces, Optional.empty(), 0);
  }

  private static RecordedTraces recorded(Evaluation evaluation) {
    return new RecordedTraces(
        evaluation, "texts.tsv", "a".repeat(64), "b".repeat(64), RecordedTraces.FLOAT32);
  }

  private static float[] odds(double odds) {
    return new float[] {(float) Math.log(odds), 0};
  }

  private static Trace trace(float[]... exits) {
    var logits = new float[2 * exits.length];
    for (int i = 0; i < exits.length; i++) {
      System.arraycopy(exits[i], 0, logits, 2 * i, 2);
    }
    return Trace.of(exits.length, 2, logits);
  }
}
