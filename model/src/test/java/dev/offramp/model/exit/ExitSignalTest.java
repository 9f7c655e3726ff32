package dev.offramp.model.exit;

import static dev.offramp.model.exit.ExitSignal.ENERGY;
import static dev.offramp.model.exit.ExitSignal.ENTROPY;
import static dev.offramp.model.exit.ExitSignal.LABEL_SCORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExitSignalTest {
  private static final float LN2 = 0.6931472f;
  private static final float LN3 = 1.0986123f;
  private static final float LN4 = 1.3862944f;
  private static final Offset<Double> CLOSE = within(1e-7);

  /* Logits are logarithms of small integers, so that every sum of powers is one too. */
  static Stream<Arguments> handWorked() {
    return Stream.of(
        // Energy: 1 / (1 + (sum e^(f/T))^T).
        Arguments.of(ENERGY, new float[] {0, 0}, 1, 1 / 3.0), // sum 2
        Arguments.of(ENERGY, new float[] {LN3, 0}, 1, 1 / 5.0), // sum 4
        Arguments.of(ENERGY, new float[] {0, LN2, LN3}, 1, 1 / 7.0), // sum 6
        Arguments.of(ENERGY, new float[] {2 * LN3, 0}, 2, 1 / 17.0), // 4^2
        Arguments.of(ENERGY, new float[] {2 * LN2, 2 * LN3, 0}, 2, 1 / 37.0), // 6^2
        Arguments.of(ENERGY, new float[] {LN4 / 2, 0}, 0.5, 0.3090169943749474), // sqrt 5
        Arguments.of(ENERGY, new float[] {LN2, 0, 0}, 0.5, 0.2898979485566356), // sqrt 6
        // Entropy of (3/4, 1/4) in bits, and of (1/2, 1/4, 1/4), 1.5 bits, over log2 3.
        Arguments.of(ENTROPY, new float[] {LN3, 0}, 1, 0.8112781244591328),
        Arguments.of(ENTROPY, new float[] {2 * LN3, 0}, 2, 0.8112781244591328),
        Arguments.of(ENTROPY, new float[] {LN3 / 2, 0}, 0.5, 0.8112781244591328),
        Arguments.of(ENTROPY, new float[] {LN2, 0, 0}, 1, 0.9463946303571862),
        Arguments.of(ENTROPY, new float[] {0, 2 * LN2, 0}, 2, 0.9463946303571862),
        Arguments.of(ENTROPY, new float[] {0, 0, LN2 / 2}, 0.5, 0.9463946303571862),
        Arguments.of(ENTROPY, new float[] {7, 7, 7}, 1, 1),
        // Label score: the largest share of the sum.
        Arguments.of(LABEL_SCORE, new float[] {0, LN3}, 1, 3 / 4.0),
        Arguments.of(LABEL_SCORE, new float[] {LN3, 0}, 2, 0.6339745962155614), // of sqrt 3 and 1
        Arguments.of(LABEL_SCORE, new float[] {LN3, 0}, 0.5, 9 / 10.0),
        Arguments.of(LABEL_SCORE, new float[] {0, LN2, LN3}, 1, 3 / 6.0),
        Arguments.of(LABEL_SCORE, new float[] {2 * LN3, 0, 2 * LN2}, 2, 3 / 6.0),
        Arguments.of(LABEL_SCORE, new float[] {0, LN2, LN3}, 0.5, 9 / 14.0));
  }

  @ParameterizedTest
  @EnumSource
  void comparison_isThatOfPasses(ExitSignal signal) {
    assertThat(signal.comparison()).isEqualTo(signal.passes(0.6, 0.5) ? ">" : "<");
    assertThat(signal.passes(0.4, 0.5)).isNotEqualTo(signal.passes(0.6, 0.5));
  }

  @ParameterizedTest
  @MethodSource("handWorked")
  void value_handWorkedLogits_isExact(
      ExitSignal signal, float[] logits, double temperature, double expected) {
    assertThat(signal.value(logits, temperature)).isCloseTo(expected, CLOSE);
  }

  @ParameterizedTest
  @MethodSource("handWorked")
  void value_insideALongerArray_isThatOfTheSlice(
      ExitSignal signal, float[] logits, double temperature, double expected) {
    float[] flat = new float[logits.length + 3];
    flat[0] = Float.NaN;
    flat[1] = Float.POSITIVE_INFINITY;
    flat[flat.length - 1] = Float.MAX_VALUE;
    System.arraycopy(logits, 0, flat, 2, logits.length);

    assertThat(signal.value(flat, 2, logits.length, temperature)).isCloseTo(expected, CLOSE);
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1e4f, -1e4f, 1e30f, Float.MAX_VALUE, -Float.MAX_VALUE})
  void value_equalLogitsOfAnySize_isThatOfAFairCoin(float logit) {
    float[] logits = {logit, logit};

    assertThat(ENTROPY.value(logits, 1)).isEqualTo(1);
    assertThat(LABEL_SCORE.value(logits, 1)).isEqualTo(0.5);
  }

  @Test
  void value_equalLogitsBeyondDoublesPrecision_doesNotLookSure() {
    // As max + log 2 = max there, a log-sum-exp that is not kept apart says 1 and 0.
    float[] logits = {1e20f, 1e20f, 1e20f};

    assertThat(LABEL_SCORE.value(logits, 1)).isEqualTo(1 / 3.0);
    assertThat(ENTROPY.value(logits, 1)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(floats = {1e4f, Float.MAX_VALUE})
  void value_oneLogitFarAbove_isAsSureAsCanBe(float logit) {
    for (float[] logits : List.of(new float[] {logit, -logit}, new float[] {-logit, 0, logit})) {
      assertThat(ENERGY.value(logits, 1)).isEqualTo(0);
      assertThat(ENTROPY.value(logits, 1)).isEqualTo(0);
      assertThat(LABEL_SCORE.value(logits, 1)).isEqualTo(1);
    }
  }

  @Test
  void value_allLogitsFarBelow_isAsUnsureAsCanBe() {
    assertThat(ENERGY.value(new float[] {-1e4f, -1e4f}, 1)).isEqualTo(1);
    assertThat(ENERGY.value(new float[] {-Float.MAX_VALUE, -Float.MAX_VALUE}, 2)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-300, 1e-3, 1e3, 1e300})
  void value_extremeTemperature_staysInRange(double temperature) {
    float[] logits = {3, -Float.MAX_VALUE, Float.MAX_VALUE};
    for (ExitSignal signal : ExitSignal.values()) {
      assertThat(signal.value(logits, temperature))
          .as("%s", signal)
          .isBetween(signal.least(3), signal.greatest());
    }
  }

  @Test
  void value_impossibleClass_countsAsProbabilityZero() {
    float[] logits = {LN3, Float.NEGATIVE_INFINITY, 0};

    assertThat(ENERGY.value(logits, 1)).isCloseTo(1 / 5.0, CLOSE);
    assertThat(ENTROPY.value(logits, 1)).isCloseTo(0.5623351446188083 / Math.log(3), CLOSE);
    assertThat(LABEL_SCORE.value(logits, 1)).isCloseTo(3 / 4.0, CLOSE);
  }

  @Test
  void value_probabilityThatUnderflows_addsNoEntropy() {
    assertThat(ENTROPY.value(new float[] {0, -800}, 1)).isEqualTo(0);
  }

  @ParameterizedTest
  @EnumSource
  void value_logitThatIsNoNumber_neverPasses(ExitSignal signal) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (float[] logits : List.of(new float[] {bad, 0}, new float[] {0, bad})) {
        double value = signal.value(logits, 1);
        assertThat(value).isNaN();
        assertThat(signal.passes(value, 0) || signal.passes(value, 1)).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void value_randomLogits_staysInRange(ExitSignal signal) {
    long seed = 41;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 20_000; i++) {
      int classes = random.nextInt(2, 8);
      double scale = Math.pow(10, random.nextDouble(-3, 38));
      float[] logits = new float[classes];
      for (int c = 0; c < classes; c++) {
        logits[c] = (float) (scale * random.nextDouble(-1, 1));
      }
      double temperature = Math.pow(10, random.nextDouble(-2, 2));
      assertThat(signal.value(logits, temperature))
          .as("seed %d, case %d", seed, i)
          .isBetween(signal.least(classes), signal.greatest());
    }
  }

  @ParameterizedTest
  @EnumSource
  void value_fewerThanTwoClasses_isRefused(ExitSignal signal) {
    assertThatThrownBy(() -> signal.value(new float[] {1}, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("logits: 1 (expected: at least 2)");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void value_temperatureThatIsNone_isRefused(double temperature) {
    assertThatThrownBy(() -> ENERGY.value(new float[] {1, 2}, temperature))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("temperature: %s (expected: > 0 and finite)", temperature);
  }

  @Test
  void value_sliceBeyondTheLogits_isRefused() {
    assertThatThrownBy(() -> ENERGY.value(new float[5], 4, 2, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void passes_smallIsSure_onlyStrictlyBelow() {
    for (ExitSignal signal : List.of(ENERGY, ENTROPY)) {
      assertThat(signal.passes(0.3, 0.3)).isFalse();
      assertThat(signal.passes(Math.nextDown(0.3), 0.3)).isTrue();
      assertThat(signal.passes(Math.nextUp(0.3), 0.3)).isFalse();
      assertThat(signal.passes(0, 0)).isFalse();
    }
  }

  @Test
  void passes_largeIsSure_onlyStrictlyAbove() {
    assertThat(LABEL_SCORE.passes(0.7, 0.7)).isFalse();
    assertThat(LABEL_SCORE.passes(Math.nextUp(0.7), 0.7)).isTrue();
    assertThat(LABEL_SCORE.passes(Math.nextDown(0.7), 0.7)).isFalse();
    assertThat(LABEL_SCORE.passes(1, 1)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void passes_notANumber_stays(ExitSignal signal) {
    assertThat(signal.passes(Double.NaN, 0.5)).isFalse();
    assertThat(signal.passes(0.5, Double.NaN)).isFalse();
    assertThat(signal.passes(Double.NaN, Double.NaN)).isFalse();
  }

  @Test
  void requireInRange_endsOfTheRange_areIn() {
    ENERGY.requireInRange(0, 2);
    ENTROPY.requireInRange(1, 3);
    LABEL_SCORE.requireInRange(1 / 3.0, 3);
    LABEL_SCORE.requireInRange(0.5, 2);
  }

  @Test
  void requireInRange_beyond_isRefusedWithTheRange() {
    assertThatThrownBy(() -> LABEL_SCORE.requireInRange(0.4, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "threshold: 0.4 (expected: 0.5 to 1.0, the range of label_score over 2 classes)");
    for (double bad : new double[] {-1e-9, 1.1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> ENERGY.requireInRange(bad, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("threshold: " + bad);
    }
  }

  @ParameterizedTest
  @EnumSource
  void of_ownId_isTheSignal(ExitSignal signal) {
    assertThat(ExitSignal.of(signal.id())).isSameAs(signal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ENERGY", "confidence"})
  void of_unknown_isRefusedWithTheKnownOnes(String id) {
    assertThatThrownBy(() -> ExitSignal.of(id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("signal: '%s' (expected: one of [energy, entropy, label_score])", id);
  }
}
