package dev.offramp.model.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A float32 tensor on the heap, row-major.
 *
 * @param shape the extents, outermost first
 * @param values the elements; shared, not copied: treat them as read-only
 */
@SuppressWarnings(
    "ArrayRecordComponent") // Weights are shared on purpose: a copy of each is too much.
public record Tensor(List<Integer> shape, float[] values) implements HostTensor {

  /** Checks that the values fill the shape. */
  public Tensor {
    shape = List.copyOf(shape);
    HostTensors.requireFilled(shape, values.length);
  }

  /** A tensor of the given extents. */
  public static Tensor of(float[] values, Integer... shape) {
    return new Tensor(List.of(shape), values);
  }

  /** A copy of all but the first {@code count} entries of the outermost dimension. */
  Tensor withoutRows(int count) {
    if (count == 0) {
      return this;
    }
    int rows = shape.getFirst();
    int row = rows == 0 ? 0 : values.length / rows;
    var rest = new ArrayList<>(shape);
    rest.set(0, rows - count);
    return new Tensor(rest, Arrays.copyOfRange(values, count * row, values.length));
  }
}
