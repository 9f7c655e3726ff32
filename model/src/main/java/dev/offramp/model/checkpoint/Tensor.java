package dev.offramp.model.checkpoint;

import java.util.List;

/**
 * A float32 tensor on the heap, row-major.
 *
 * @param shape the extents, outermost first
 * @param values the elements; shared, not copied: treat them as read-only
 */
@SuppressWarnings(
    "ArrayRecordComponent") // Weights are shared on purpose: a copy of each is too much.
public record Tensor(List<Integer> shape, float[] values) {

  /** Checks that the values fill the shape. */
  public Tensor {
    shape = List.copyOf(shape);
    long elements = 1;
    for (int extent : shape) {
      if (extent < 0) {
        throw new IllegalArgumentException("shape: " + shape + " (expected: extents >= 0)");
      }
      // More than any array holds is as wrong as twice that: stop before the product overflows.
      elements = Math.min(elements * extent, Integer.MAX_VALUE);
    }
    if (elements != values.length) {
      throw new IllegalArgumentException(
          "values: " + values.length + " (expected: " + elements + " for shape " + shape + ")");
    }
  }

  /** A tensor of the given extents. */
  public static Tensor of(float[] values, Integer... shape) {
    return new Tensor(List.of(shape), values);
  }
}
