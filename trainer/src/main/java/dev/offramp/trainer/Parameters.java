package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/**
 * All parameters of a model, in one native vector laid out as {@link ParameterLayout} says.
 *
 * <p>Ownership: the vector belongs to the manager given at birth.
 */
final class Parameters {
  private static final double INITIAL_SCALE = 0.02;

  private final ParameterLayout layout;
  private final NDArray vector;

  private Parameters(ParameterLayout layout, NDArray vector) {
    this.layout = layout;
    this.vector = vector;
  }

  /** Parameters before training: normal weights, zero biases, unit gains. */
  static Parameters initial(NDManager manager, ParameterLayout layout, long seed) {
    return new Parameters(layout, PyTorch.vector(manager, initialValues(layout, seed)));
  }

  private static float[] initialValues(ParameterLayout layout, long seed) {
    var values = new float[Math.toIntExact(layout.size())];
    var random = new SplittableRandom(seed);
    for (ParameterLayout.Slice slice : layout.slices()) {
      int from = (int) slice.offset();
      int to = (int) (slice.offset() + slice.size());
      switch (slice.kind()) {
        case WEIGHT -> {
          for (int i = from; i < to; i++) {
            values[i] = (float) (random.nextGaussian() * INITIAL_SCALE);
          }
        }
        case GAIN -> Arrays.fill(values, from, to, 1f);
        case BIAS -> Arrays.fill(values, from, to, 0f);
      }
    }
    return values;
  }

  /**
   * The parameters of a checkpoint; those that it lacks, as a plain BERT does its exits, start
   * anew.
   */
  static Parameters of(
      NDManager manager, ParameterLayout layout, Checkpoint checkpoint, long seed) {
    float[] values = initialValues(layout, seed);
    for (ParameterLayout.Slice slice : layout.slices()) {
      int offset = (int) slice.offset();
      for (String name : slice.names()) {
        Tensor tensor = checkpoint.tensors().get(name);
        if (tensor != null) {
          System.arraycopy(tensor.values(), 0, values, offset, slice.partSize());
        }
        offset += slice.partSize();
      }
    }
    return new Parameters(layout, PyTorch.vector(manager, values));
  }

  /** Parameters of given values, laid out already. */
  static Parameters of(NDManager manager, ParameterLayout layout, float[] values) {
    return new Parameters(layout, PyTorch.vector(manager, values));
  }

  /** Parameters of the same layout with other values. */
  Parameters with(NDArray values) {
    return new Parameters(layout, values);
  }

  ParameterLayout layout() {
    return layout;
  }

  /** The vector itself: {@code [layout().size()]}. */
  NDArray vector() {
    return vector;
  }

  /** A copy of the values as a checkpoint's tensors. */
  SequencedMap<String, Tensor> tensors() {
    float[] values = vector.toFloatArray();
    var tensors = new LinkedHashMap<String, Tensor>();
    for (ParameterLayout.Slice slice : layout.slices()) {
      int offset = (int) slice.offset();
      for (String name : slice.names()) {
        int end = offset + slice.partSize();
        tensors.put(name, new Tensor(slice.partShape(), Arrays.copyOfRange(values, offset, end)));
        offset = end;
      }
    }
    return tensors;
  }
}
