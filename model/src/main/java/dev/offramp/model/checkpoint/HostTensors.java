package dev.offramp.model.checkpoint;

import java.util.List;

/** What all tensors on the heap have in common. */
final class HostTensors {
  private HostTensors() {}

  /** Checks that so many values fill a shape. */
  static void requireFilled(List<Integer> shape, int values) {
    long elements = 1;
    for (int extent : shape) {
      if (extent < 0) {
        throw new IllegalArgumentException("shape: " + shape + " (expected: extents >= 0)");
      }
      // More than any array holds is as wrong as twice that: stop before the product overflows.
      elements = Math.min(elements * extent, Integer.MAX_VALUE);
    }
    if (elements != values) {
      throw new IllegalArgumentException(
          "values: " + values + " (expected: " + elements + " for shape " + shape + ")");
    }
  }
}
