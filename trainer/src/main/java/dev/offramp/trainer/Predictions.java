package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** What logits say, as plain numbers. */
final class Predictions {
  private Predictions() {}

  /**
   * Whether each exit predicts each sample's label.
   *
   * @param logits {@code [M, N, C]}
   * @return {@code [M][N]}
   */
  static boolean[][] right(NDArray logits, int[] labels) {
    Shape shape = logits.getShape();
    int exits = (int) shape.get(0);
    int samples = (int) shape.get(1);
    int classes = (int) shape.get(2);
    float[] values = logits.toFloatArray();
    var right = new boolean[exits][samples];
    for (int m = 0; m < exits; m++) {
      for (int n = 0; n < samples; n++) {
        right[m][n] = argMax(values, (m * samples + n) * classes, classes) == labels[n];
      }
    }
    return right;
  }

  /** The class of the greatest of some logits; of equals, the first. */
  static int argMax(float[] values, int offset, int classes) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (values[offset + c] > values[offset + best]) {
        best = c;
      }
    }
    return best;
  }

  /** The range of some signals, which are finite unless training has diverged. */
  static SignalRange range(float[] values) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new TrainingDivergedException("signal: " + value);
      }
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return new SignalRange(low, high);
  }
}
