package dev.offramp.model.exit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.Exit.Reason;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExitRuleTest {
  private static final long SEED = 7;

  @Test
  void threshold_signalEqualToIt_stays() {
    // The energy of (0, 0) is 1/3; strictly less leaves.
    Trace trace = Trace.of(2, 2, new float[] {0, 0, 0, 0});
    double energy = trace.signal(1, ExitSignal.ENERGY, 1);

    assertThat(trace.exit(new ExitRule.Threshold(ExitSignal.ENERGY, energy)))
        .contains(new Exit(2, Reason.LAST_EXIT));
    assertThat(trace.exit(new ExitRule.Threshold(ExitSignal.ENERGY, Math.nextUp(energy))))
        .contains(new Exit(1, Reason.RULE));
  }

  @Test
  void threshold_temperature_isThatOfTheRule() {
    // At T = 1 the label score of (2, 0) is 0.88, at T = 4 it is 0.62.
    Trace trace = Trace.of(2, 2, new float[] {2, 0, 2, 0});

    assertThat(trace.exit(new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.8)))
        .contains(new Exit(1, Reason.RULE));
    assertThat(trace.exit(new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.8, 4)))
        .contains(new Exit(2, Reason.LAST_EXIT));
  }

  @Test
  void threshold_notANumber_isRefused() {
    assertThatThrownBy(() -> new ExitRule.Threshold(ExitSignal.ENERGY, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threshold: NaN (expected: a number)");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void threshold_temperatureThatIsNone_isRefused(double temperature) {
    assertThatThrownBy(() -> new ExitRule.Threshold(ExitSignal.ENERGY, 0.5, temperature))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("temperature: " + temperature);
  }

  @Test
  void requireFits_thresholdOutsideTheSignalsRange_isRefused() {
    var rule = new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.4);

    rule.requireFits(3);
    assertThatThrownBy(() -> rule.requireFits(2)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void threshold_bolder_neverLeavesLater(ExitSignal signal) {
    var random = new SplittableRandom(SEED);
    for (int i = 0; i < 5_000; i++) {
      Trace trace = Traces.random(random);
      double a = random.nextDouble();
      double b = random.nextDouble();
      boolean small = signal != ExitSignal.LABEL_SCORE; // Small is sure: large is bold.
      double bold = small ? Math.max(a, b) : Math.min(a, b);
      double safe = small ? Math.min(a, b) : Math.max(a, b);

      assertThat(depth(trace, new ExitRule.Threshold(signal, bold)))
          .as("seed %d, case %d: %s against %s", SEED, i, bold, safe)
          .isLessThanOrEqualTo(depth(trace, new ExitRule.Threshold(signal, safe)));
    }
  }

  @Test
  void patience_agreementsInARow_leavesOnTheLastOne() {
    // Labels 0 1 1 1 1: patience 2 is reached at depth 4, 3 at depth 5, which is the last anyway.
    Trace trace = Traces.ofLabels(6, 0, 1, 1, 1, 1);

    assertThat(trace.exit(new ExitRule.Patience(1))).contains(new Exit(3, Reason.RULE));
    assertThat(trace.exit(new ExitRule.Patience(2))).contains(new Exit(4, Reason.RULE));
    assertThat(trace.exit(new ExitRule.Patience(3))).contains(new Exit(5, Reason.RULE));
    assertThat(trace.exit(new ExitRule.Patience(4))).isEmpty();
  }

  @Test
  void patience_agreementBrokenOff_startsAgain() {
    assertThat(Traces.ofLabels(6, 0, 0, 1, 1, 1, 0).exit(new ExitRule.Patience(2)))
        .contains(new Exit(5, Reason.RULE));
    assertThat(Traces.ofLabels(4, 0, 1, 0, 1).exit(new ExitRule.Patience(1)))
        .contains(new Exit(4, Reason.LAST_EXIT));
  }

  @Test
  void patience_asLongAsTheModel_runsToTheLastExit() {
    assertThat(Traces.ofLabels(3, 1, 1, 1).exit(new ExitRule.Patience(3)))
        .contains(new Exit(3, Reason.LAST_EXIT));
  }

  @Test
  void patience_randomLabels_leavesWherePabeesCounterDoes() {
    var random = new SplittableRandom(SEED);
    for (int i = 0; i < 5_000; i++) {
      Trace trace = Traces.random(random);
      int patience = random.nextInt(1, 5);
      int counter = 0;
      int expected = trace.layers();
      for (int depth = 2; depth < trace.layers(); depth++) {
        counter = trace.label(depth) == trace.label(depth - 1) ? counter + 1 : 0;
        if (counter == patience) {
          expected = depth;
          break;
        }
      }

      assertThat(depth(trace, new ExitRule.Patience(patience)))
          .as("seed %d, case %d: patience %d, %s", SEED, i, patience, trace)
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -3})
  void patience_lessThanOne_isRefused(int patience) {
    assertThatThrownBy(() -> new ExitRule.Patience(patience))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("patience: %d (expected: >= 1)", patience);
  }

  @Test
  void fullDepth_surestOfTraces_runsToTheLastExit() {
    Trace trace = Trace.of(3, 2, new float[] {1e4f, -1e4f, 1e4f, -1e4f, 1e4f, -1e4f});

    assertThat(trace.exit(ExitRule.fullDepth())).contains(new Exit(3, Reason.LAST_EXIT));
  }

  private static int depth(Trace trace, ExitRule rule) {
    return trace.exit(rule).orElseThrow().depth();
  }
}
