package dev.offramp.model.checkpoint;

import java.util.List;

/**
 * An int32 tensor on the heap, row-major: integers, or words into which narrower numbers are
 * packed.
 *
 * @param shape the extents, outermost first
 * @param values the elements; shared, not copied: treat them as read-only
 */
@SuppressWarnings(
    "ArrayRecordComponent") // Weights are shared on purpose: a copy of each is too much.
public record Words(List<Integer> shape, int[] values) implements HostTensor {

  /** Checks that the values fill the shape. */
  public Words {
    shape = List.copyOf(shape);
    HostTensors.requireFilled(shape, values.length);
  }

  /** A tensor of the given extents. */
  public static Words of(int[] values, Integer... shape) {
    return new Words(List.of(shape), values);
  }
}
