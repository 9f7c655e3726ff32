package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * The cross-entropy of every exit against the labels, softened by label smoothing.
 *
 * <p>With smoothing s the target is {@code (1 - s)} at the label plus {@code s / C} at every class.
 */
final class CrossEntropy {
  private CrossEntropy() {}

  /**
   * One loss a sample and exit.
   *
   * @param logits {@code [M, N, C]}
   * @param labels {@code [N]}
   * @return {@code [M, N]}
   */
  static NDArray of(NDArray logits, int[] labels, float smoothing) {
    Shape shape = logits.getShape();
    int samples = (int) shape.get(1);
    int classes = (int) shape.get(2);
    var target = new float[samples * classes];
    Arrays.fill(target, smoothing / classes);
    for (int n = 0; n < samples; n++) {
      target[n * classes + labels[n]] += 1 - smoothing;
    }
    NDArray targets = logits.getManager().create(target, new Shape(1, samples, classes));
    return logits.logSoftmax(-1).mul(targets).sum(new int[] {-1}).neg(); // [M, N]
  }
}
