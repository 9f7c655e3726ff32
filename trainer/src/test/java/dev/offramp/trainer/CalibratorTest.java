package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.tier.Tiers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibratorTest {

  private static Tiers tiers(List<Double> speedups) {
    return tiers(400, speedups);
  }

  private static Tiers tiers(int texts, List<Double> speedups) {
    Evaluation evaluation = SyntheticTraces.evaluation(texts, 6, 3, 5);
    var recorded =
        new RecordedTraces(
            evaluation, "texts.tsv", "a".repeat(64), "b".repeat(64), RecordedTraces.FLOAT32);
    return Calibrator.tiers(
        recorded, new Calibrator.Settings(ExitSignal.LABEL_SCORE, 1, speedups, 9));
  }

  @Test
  void tiers_oneSpeedupBeyondTheLayers_hasNoTier() {
    assertThat(tiers(List.of(2.0, 8.0)).names()).containsExactly("full", "x2");
  }

  @Test
  void tiers_everySpeedupBeyondTheLayers_areRefused() {
    assertThatThrownBy(() -> tiers(List.of(8.0, 9.5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "speed-ups: [8.0, 9.5], none of which can be reached (expected: at most 6, the model's"
                + " layers)");
  }

  @Test
  void tiers_tooFewTexts_areRefusedWithTheNumberNeeded() {
    assertThat(tiers(30, List.of(2.0)).names()).hasSize(2);
    assertThatThrownBy(() -> tiers(29, List.of(2.0)))
        .isInstanceOf(TooFewTextsException.class)
        .hasMessageStartingWith("texts: 29 (expected: >= 30: ");
  }

  @Test
  void depthError_overManySamples_coversTheMeanDepthAsOftenAsItSays() {
    long seed = 6;
    Evaluation all = SyntheticTraces.evaluation(20_000, 6, 3, seed);
    var rule = new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.8);
    double mean = all.outcome(rule).meanExitDepth();
    var random = new Random(seed);
    int samples = 400;
    int missed = 0;
    for (int sample = 0; sample < samples; sample++) {
      var drawn = new ArrayList<Trace>();
      for (int i = 0; i < 100; i++) {
        drawn.add(all.traces().get(random.nextInt(all.traces().size())));
      }
      Evaluation.Outcome outcome =
          new Evaluation(6, all.names(), drawn, Optional.empty(), 0).outcome(rule);
      double far = Math.abs(outcome.meanExitDepth() - mean);
      missed += far > outcome.depthError() * outcome.meanExitDepth() ? 1 : 0;
    }
    System.out.printf("seed %d: %d of %d samples beyond the error%n", seed, missed, samples);
    // 5 % of 400 are 20, their standard deviation 4.4.
    assertThat(missed).isBetween(7, 33);
  }
}
