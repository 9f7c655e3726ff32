package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizationTest {
  private static final Offset<Float> CLOSE = within(1e-6f);

  @Test
  void adamW_twoStepsByHand_movesAsTheFormulaSays() {
    float[] parameters = {1, -2};
    var optimizer = AdamW.atRest(2);

    // Step 1: m' = g and v' = g^2, so the update is the gradient's sign, plus 0.1 * 1 of decay.
    optimizer.step(parameters, new float[] {0.5f, -4}, new Range(0, 1), 0.1f, 0.01f, 1);
    optimizer.step(parameters, new float[] {0.5f, -4}, new Range(1, 2), 0, 0.01f, 1);
    assertThat(parameters[0]).isCloseTo(1 - 0.01f * (1 + 0.1f), CLOSE);
    assertThat(parameters[1]).isCloseTo(-2 + 0.01f, CLOSE);

    // Step 2, first value: m = 0.9 * 0.05 + 0.1 * 1 = 0.145, m' = 0.145 / 0.19;
    // v = 0.999 * 0.00025 + 0.001 * 1 = 0.00124975, v' = v / 0.001999.
    optimizer.step(parameters, new float[] {1, 0}, new Range(0, 2), 0.1f, 0.01f, 2);
    double update = 0.145 / 0.19 / Math.sqrt(0.00124975 / 0.001999);
    assertThat(parameters[0]).isCloseTo((float) (0.989 - 0.01 * (update + 0.1 * 0.989)), CLOSE);
  }

  @Test
  void adamW_outsideOfTheRange_nothingMoves() {
    float[] parameters = {1, -2, 3};
    var optimizer = AdamW.atRest(3);
    optimizer.step(parameters, new float[] {1, 1, 1}, new Range(1, 2), 0.1f, 0.01f, 1);
    assertThat(parameters[0]).isEqualTo(1);
    assertThat(parameters[1]).isLessThan(-2);
    assertThat(parameters[2]).isEqualTo(3);
    assertThat(optimizer.first()).containsExactly(new float[] {0, 0.1f, 0}, CLOSE);
  }

  @Test
  void factor_longGradient_isScaledToTheNormAndAShortOneKept() {
    assertThat(Gradients.factor(5, 1)).isEqualTo(0.2);
    assertThat(Gradients.factor(5, 5)).isEqualTo(1);
    assertThat(Gradients.factor(0, 5)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void factor_notFinite_saysThatTrainingDiverged(double norm) {
    assertThatThrownBy(() -> Gradients.factor(norm, 1))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("norm of the gradient: " + norm)
        .hasMessageContaining("learning rate");
  }

  @Test
  void learningRate_climbsAndFallsLinearly() {
    var rate = new LearningRate(0.5, 2, 6);
    double[] rates = {rate.at(1), rate.at(2), rate.at(3), rate.at(4), rate.at(5), rate.at(6)};
    assertThat(rates).containsExactly(new double[] {0.25, 0.5, 0.4, 0.3, 0.2, 0.1}, within(1e-12));
  }

  @Test
  void learningRate_withoutWarmUp_startsAtThePeak() {
    assertThat(new LearningRate(1, 0, 4).at(1)).isEqualTo(0.8);
  }
}
