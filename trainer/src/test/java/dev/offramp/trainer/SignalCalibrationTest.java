package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.offramp.model.exit.ExitSignal;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignalCalibrationTest {
  private static final Offset<Float> CLOSE = within(1e-6f);

  @Test
  void loss_lowWhenSure_isTheHingeOfTheMeansApart() {
    // Easy 0.2, 0.4 (mean 0.3), hard 0.5 and margin 0.3: 0.3 - 0.5 + 0.3 = 0.1.
    assertThat(
            loss(
                ExitSignal.ENERGY,
                new float[] {0.2f, 0.4f, 0.5f},
                new boolean[][] {{true, true, false}}))
        .isCloseTo(0.1f, CLOSE);
  }

  @Test
  void loss_highWhenSure_swapsTheMeans() {
    // Easy 0.9, hard 0.8 and margin 0.3: 0.8 - 0.9 + 0.3 = 0.2.
    assertThat(
            loss(ExitSignal.LABEL_SCORE, new float[] {0.9f, 0.8f}, new boolean[][] {{true, false}}))
        .isCloseTo(0.2f, CLOSE);
  }

  @Test
  void loss_apartByMoreThanTheMargin_isZero() {
    assertThat(loss(ExitSignal.ENERGY, new float[] {0.1f, 0.9f}, new boolean[][] {{true, false}}))
        .isZero();
  }

  @Test
  void loss_exitsThatHoldOneKindOnly_doNotCountIntoTheMean() {
    // Exit 1: 0.2 - 0.3 + 0.3 = 0.2. Exit 2 predicts all rightly. Exit 3: 0.5 - 0.4 + 0.3 = 0.4.
    float[] signals = {0.2f, 0.3f, 0.9f, 0.9f, 0.4f, 0.5f};
    boolean[][] easy = {{true, false}, {true, true}, {false, true}};
    assertThat(loss(ExitSignal.ENERGY, signals, easy)).isCloseTo((0.2f + 0.4f) / 2, CLOSE);
  }

  @Test
  void loss_noExitHoldsBothKinds_isZero() {
    assertThat(
            loss(
                ExitSignal.ENERGY,
                new float[] {0.2f, 0.3f, 0.4f, 0.5f},
                new boolean[][] {{true, true}, {false, false}}))
        .isZero();
  }

  @ParameterizedTest
  @EnumSource
  void loss_gradientThroughTheLogits_agreesWithFiniteDifferences(ExitSignal signal) {
    long seed = 31;
    var random = new Random(seed);
    int exits = 3;
    int samples = 6;
    float[] logits = TensorSignalsTest.normal(random, exits * samples * 2, 1);
    var shape = new Shape(exits, samples, 2);
    boolean[][] easy = new boolean[exits][samples];
    for (boolean[] row : easy) {
      for (int n = 0; n < samples; n++) {
        row[n] = n % 2 == 0; // Both kinds at every exit, and a margin that keeps the hinge open.
      }
    }
    float[] gradient =
        Differentiation.gradient(array -> calibration(signal, array, easy), logits, shape);
    float[] differences =
        Differentiation.differences(array -> calibration(signal, array, easy), logits, shape);
    assertThat(gradient).as("seed %d", seed).containsExactly(differences, within(2e-4f));
    assertThat(gradient).isNotEqualTo(new float[logits.length]);
  }

  private static NDArray calibration(ExitSignal signal, NDArray logits, boolean[][] easy) {
    return SignalCalibration.loss(signal, TensorSignals.of(signal, logits, 1), easy, 1.5);
  }

  private static float loss(ExitSignal signal, float[] signals, boolean[][] easy) {
    try (NDManager manager = PyTorch.newManager()) {
      NDArray values = manager.create(signals, new Shape(easy.length, easy[0].length));
      return SignalCalibration.loss(signal, values, easy, 0.3).getFloat();
    }
  }
}
