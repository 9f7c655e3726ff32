package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.offramp.model.exit.ExitSignal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorSignalsTest {
  private static final int CLASSES = 3;

  @ParameterizedTest
  @EnumSource
  void of_randomLogits_agreesWithThePlainSignal(ExitSignal signal) {
    var random = new Random(17);
    try (NDManager manager = PyTorch.newManager()) {
      for (double temperature : new double[] {0.5, 1, 2.5}) {
        float[] logits = normal(random, 200 * CLASSES, 4);
        float[] values =
            TensorSignals.of(signal, manager.create(logits, new Shape(200, CLASSES)), temperature)
                .toFloatArray();
        for (int n = 0; n < values.length; n++) {
          float[] row = Arrays.copyOfRange(logits, n * CLASSES, (n + 1) * CLASSES);
          assertThat((double) values[n])
              .as("seed 17, T %s, logits %s", temperature, Arrays.toString(row))
              .isCloseTo(signal.value(row, temperature), within(2e-6));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void of_extremeLogits_isFiniteWithAFiniteGradient(ExitSignal signal) {
    float[] logits = {1000, -1000, 0, -1000, -1000, -1000, 88.8f, 88.8f, 88.8f};
    var shape = new Shape(3, CLASSES);
    try (NDManager manager = PyTorch.newManager()) {
      float[] values = TensorSignals.of(signal, manager.create(logits, shape), 1).toFloatArray();
      for (int n = 0; n < 3; n++) {
        float[] row = Arrays.copyOfRange(logits, n * CLASSES, (n + 1) * CLASSES);
        assertThat((double) values[n]).isCloseTo(signal.value(row, 1), within(1e-6));
      }
    }
    assertThat(
            Differentiation.gradient(
                array -> TensorSignals.of(signal, array, 1).sum(), logits, shape))
        .doesNotContain(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
  }

  @ParameterizedTest
  @EnumSource
  void of_gradient_agreesWithFiniteDifferences(ExitSignal signal) {
    float[] logits = normal(new Random(23), 4 * CLASSES, 1);
    var shape = new Shape(4, CLASSES);
    float[] gradient =
        Differentiation.gradient(array -> TensorSignals.of(signal, array, 2).sum(), logits, shape);
    float[] differences =
        Differentiation.differences(
            array -> TensorSignals.of(signal, array, 2).sum(), logits, shape);
    assertThat(gradient).as("seed 23").containsExactly(differences, within(1e-3f));
  }

  @Test
  void energy_byHand() {
    try (NDManager manager = PyTorch.newManager()) {
      // T 1: 1 / (1 + 1 + 2). T 2: 1 / (1 + (1 + sqrt 2)^2) at the same logits.
      var logits = manager.create(new float[] {0, (float) Math.log(2)}, new Shape(1, 2));
      assertThat(TensorSignals.of(ExitSignal.ENERGY, logits, 1).getFloat(0))
          .isCloseTo(0.25f, within(1e-6f));
      assertThat(TensorSignals.of(ExitSignal.ENERGY, logits, 2).getFloat(0))
          .isCloseTo((float) (1 / (1 + Math.pow(1 + Math.sqrt(2), 2))), within(1e-6f));
    }
  }

  /** The factor's array used to be freed before the backward pass had read it. */
  @Test
  void gradient_garbageCollectedBetweenForwardAndBackward_isUnchanged() {
    float[] logits = normal(new Random(29), 64 * CLASSES, 1);
    var shape = new Shape(64, CLASSES);
    float[] expected =
        Differentiation.gradient(
            array -> TensorSignals.of(ExitSignal.ENERGY, array, 2).sum(), logits, shape);
    float[] actual =
        Differentiation.gradient(
            array -> TensorSignals.of(ExitSignal.ENERGY, array, 2).sum(),
            logits,
            shape,
            TensorSignalsTest::collectGarbageAndReuseMemory);
    assertThat(actual).isEqualTo(expected);
  }

  private static void collectGarbageAndReuseMemory() {
    for (int i = 0; i < 3; i++) {
      System.gc();
      for (int j = 0; j < 1000; j++) {
        ByteBuffer.allocateDirect(4).putFloat(0, 1e30f);
      }
    }
  }

  static float[] normal(Random random, int count, double scale) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return values;
  }
}
