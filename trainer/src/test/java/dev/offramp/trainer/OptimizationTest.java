package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class OptimizationTest {
  private static final Offset<Float> CLOSE = within(1e-6f);

  @Test
  void adamW_twoStepsByHand_movesAsTheFormulaSays() {
    try (NDManager manager = PyTorch.newManager()) {
      NDArray parameters = manager.create(new float[] {1, -2});
      var optimizer = AdamW.atRest(manager, manager.create(new float[] {0.1f, 0}));

      // Step 1: m' = g and v' = g^2, so the update is the gradient's sign, plus 0.1 * 1 of decay.
      optimizer.step(parameters, manager.create(new float[] {0.5f, -4}), null, 0.01f, 1);
      float[] first = parameters.toFloatArray();
      assertThat(first[0]).isCloseTo(1 - 0.01f * (1 + 0.1f), CLOSE);
      assertThat(first[1]).isCloseTo(-2 + 0.01f, CLOSE);

      // Step 2, first value: m = 0.9 * 0.05 + 0.1 * 1 = 0.145, m' = 0.145 / 0.19;
      // v = 0.999 * 0.00025 + 0.001 * 1 = 0.00124975, v' = v / 0.001999.
      optimizer.step(parameters, manager.create(new float[] {1, 0}), null, 0.01f, 2);
      double update = 0.145 / 0.19 / Math.sqrt(0.00124975 / 0.001999);
      assertThat(parameters.toFloatArray()[0])
          .isCloseTo((float) (0.989 - 0.01 * (update + 0.1 * 0.989)), CLOSE);
    }
  }

  @Test
  void adamW_maskedParameter_staysAsItIs() {
    try (NDManager manager = PyTorch.newManager()) {
      NDArray parameters = manager.create(new float[] {1, -2});
      var optimizer = AdamW.atRest(manager, manager.create(new float[] {0.1f, 0.1f}));
      NDArray mask = manager.create(new float[] {1, 0});
      optimizer.step(parameters, manager.create(new float[] {0.5f, -4}), mask, 0.01f, 1);
      assertThat(parameters.toFloatArray()[0]).isCloseTo(1 - 0.01f * (1 + 0.1f), CLOSE);
      assertThat(parameters.toFloatArray()[1]).isEqualTo(-2);
    }
  }

  @Test
  void clipped_longGradient_isScaledToTheNormAndAShortOneKept() {
    try (NDManager manager = PyTorch.newManager()) {
      assertThat(Gradients.clipped(manager.create(new float[] {3, 4}), 1).toFloatArray())
          .containsExactly(new float[] {0.6f, 0.8f}, CLOSE);
      assertThat(Gradients.clipped(manager.create(new float[] {3, 4}), 5).toFloatArray())
          .containsExactly(3, 4);
    }
  }

  @Test
  void clipped_notFinite_saysThatTrainingDiverged() {
    try (NDManager manager = PyTorch.newManager()) {
      NDArray gradient = manager.create(new float[] {1, Float.NaN});
      assertThatThrownBy(() -> Gradients.clipped(gradient, 1))
          .isInstanceOf(TrainingDivergedException.class)
          .hasMessageContaining("NaN")
          .hasMessageContaining("learning rate");
    }
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
