package dev.offramp.model.exit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.exit.Exit.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceTest {
  private static final long SEED = 11;
  private static final float LN3 = 1.0986123f;

  @Test
  void exit_firstExitThatPasses_isTaken() {
    // Energies 1/3, 1/5, 1/3, and 1/5 again.
    Trace trace = Trace.of(5, 2, new float[] {0, 0, LN3, 0, 0, 0, LN3, 0, 0, 0});

    assertThat(trace.exit(new ExitRule.Threshold(ExitSignal.ENERGY, 0.25)))
        .contains(new Exit(2, Reason.RULE));
  }

  @Test
  void exit_noExitSure_isTheLast() {
    Trace trace = Trace.of(3, 2, new float[] {0, 0, 0, 0, 0, 0});

    assertThat(trace.exit(new ExitRule.Threshold(ExitSignal.ENERGY, 0)))
        .contains(new Exit(3, Reason.LAST_EXIT));
  }

  @Test
  void exit_onlyTheLastExitSure_isTheLastAndNotTheRules() {
    Trace trace = Trace.of(2, 2, new float[] {0, 0, 50, 0});

    assertThat(trace.exit(new ExitRule.Threshold(ExitSignal.ENERGY, 0.25)))
        .contains(new Exit(2, Reason.LAST_EXIT));
  }

  @Test
  void exit_modelOfOneLayer_isTheLast() {
    assertThat(Trace.of(1, 2, new float[] {9, 0}).exit(new ExitRule.Patience(1)))
        .contains(new Exit(1, Reason.LAST_EXIT));
  }

  @Test
  void exit_undecidedPrefix_isEmpty() {
    Trace prefix = Trace.of(3, 2, new float[] {0, 0, 0, 0});

    assertThat(prefix.exit(new ExitRule.Threshold(ExitSignal.ENERGY, 0.25))).isEmpty();
    assertThat(prefix.exit(ExitRule.fullDepth())).isEmpty();
    assertThat(prefix.exit(new ExitRule.Patience(2))).isEmpty();
  }

  @Test
  void exit_logitsThatAreNoNumbers_isTheLast() {
    float[] logits = new float[6];
    Arrays.fill(logits, Float.NaN);
    Trace trace = Trace.of(3, 2, logits);

    for (ExitSignal signal : ExitSignal.values()) {
      assertThat(trace.exit(new ExitRule.Threshold(signal, 0.9)))
          .contains(new Exit(3, Reason.LAST_EXIT));
    }
  }

  @Test
  void exit_everyPrefixOfRandomTraces_agreesWithTheWhole() {
    var random = new SplittableRandom(SEED);
    for (int i = 0; i < 3_000; i++) {
      Trace whole = Traces.random(random);
      float[] flat = new float[whole.depth() * whole.classes()];
      for (int depth = 1; depth <= whole.depth(); depth++) {
        int start = (depth - 1) * whole.classes();
        System.arraycopy(whole.logits(depth), 0, flat, start, whole.classes());
      }
      for (ExitRule rule : rules(random)) {
        Exit expected = whole.exit(rule).orElseThrow();
        for (int depth = 1; depth <= whole.depth(); depth++) {
          Trace prefix = Trace.of(whole.layers(), whole.classes(), flat, depth);

          assertThat(prefix.exit(rule))
              .as("seed %d, case %d: %s at depth %d of %s", SEED, i, rule, depth, whole)
              .isEqualTo(expected.depth() <= depth ? Optional.of(expected) : Optional.empty());
          assertThat(prefix.exitAt(rule, Math.min(depth, expected.depth())).isPresent())
              .isEqualTo(depth >= expected.depth());
        }
      }
    }
  }

  @Test
  void exitAt_depthBeyondTheTrace_isRefused() {
    Trace prefix = Trace.of(3, 2, new float[] {0, 0});

    for (int depth : new int[] {0, 2, 3, 4}) {
      assertThatThrownBy(() -> prefix.exitAt(ExitRule.fullDepth(), depth))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("depth: %d (expected: 1 to 1)", depth);
    }
  }

  @Test
  void label_equalLogits_isTheFirstOfThem() {
    Trace trace = Trace.of(3, 3, new float[] {5, 5, 5, 1, 7, 7, -2, -3, -2});

    assertThat(List.of(trace.label(1), trace.label(2), trace.label(3))).containsExactly(0, 1, 0);
  }

  @Test
  void probabilities_handWorkedLogits_areShares() {
    Trace trace = Trace.of(2, 2, new float[] {LN3, 0, 1e30f, 1e30f});

    assertThat(trace.probabilities(1)).containsExactly(new double[] {0.75, 0.25}, within(1e-7));
    assertThat(trace.probabilities(2)).containsExactly(0.5, 0.5);
  }

  @Test
  void signal_depth_isThatOfItsOwnLogits() {
    Trace trace = Trace.of(3, 2, new float[] {0, 0, LN3, 0, 9, 9});

    assertThat(trace.signal(2, ExitSignal.ENERGY, 1)).isCloseTo(0.2, within(1e-7));
    assertThat(trace.signal(2, ExitSignal.LABEL_SCORE, 1)).isCloseTo(0.75, within(1e-7));
  }

  @Test
  void of_logitsChangedLater_isNotTouched() {
    float[] logits = {1, 2, 3, 4};
    Trace trace = Trace.of(2, 2, logits);

    logits[0] = 99;
    trace.logits(1)[1] = 99;

    assertThat(trace.logits(1)).containsExactly(1, 2);
    assertThat(trace).isEqualTo(Trace.of(2, 2, new float[] {1, 2, 3, 4}));
  }

  @Test
  void of_longerBuffer_takesTheFirstRows() {
    Trace trace = Trace.of(4, 2, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2);

    assertThat(trace.depth()).isEqualTo(2);
    assertThat(trace.logits(2)).containsExactly(3, 4);
  }

  @ParameterizedTest
  @CsvSource({"2, 1, 2", "2, 2, 0", "2, 2, 6", "0, 2, 2", "2, 0, 2", "2, -1, 2"})
  void of_shapeThatIsNone_isRefused(int layers, int classes, int logits) {
    assertThatThrownBy(() -> Trace.of(layers, classes, new float[logits]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("trace: ");
  }

  @Test
  void of_logitsThatDoNotFillTheirRows_isRefused() {
    assertThatThrownBy(() -> Trace.of(4, 2, new float[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("logits: 5 (expected: a multiple of 2 classes)");
  }

  @Test
  void of_shapeWhoseProductOverflows_isRefused() {
    int huge = 1 << 30;
    assertThatThrownBy(() -> Trace.of(huge, huge, new float[4], 4))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, -1})
  void logits_depthBeyondTheTrace_isRefused(int depth) {
    assertThatThrownBy(() -> Trace.of(4, 2, new float[4]).logits(depth))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("depth: %d (expected: 1 to 2)", depth);
  }

  @Test
  void exit_depthLessThanOne_isRefused() {
    assertThatThrownBy(() -> new Exit(0, Reason.RULE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("depth: 0 (expected: >= 1)");
  }

  private static List<ExitRule> rules(SplittableRandom random) {
    return List.of(
        new ExitRule.Threshold(ExitSignal.ENERGY, random.nextDouble()),
        new ExitRule.Threshold(ExitSignal.ENTROPY, random.nextDouble(), 2),
        new ExitRule.Threshold(ExitSignal.LABEL_SCORE, random.nextDouble(), 0.5),
        new ExitRule.Patience(random.nextInt(1, 6)),
        ExitRule.fullDepth());
  }
}
