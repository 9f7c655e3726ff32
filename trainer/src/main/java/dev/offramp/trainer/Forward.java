package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.Function;

/**
 * A batch's way to its loss, in parts that share nothing but the parameters, so that they can be
 * computed at the same time.
 *
 * @param parts each gives the outputs of some of the batch's texts
 * @param axis along which the parts' outputs are joined, in their order
 * @param loss the loss of all outputs
 */
record Forward(List<Part> parts, int axis, Function<NDArray, Objective.Loss> loss) {

  /** Some of a batch's texts. */
  @FunctionalInterface
  interface Part {

    /**
     * The outputs that the loss is a function of; they are few.
     *
     * <p>It makes native arrays, which belong to the parameters' manager, and closes none.
     *
     * @param parameters the vector to differentiate by
     */
    NDArray outputs(NDArray parameters);
  }

  Forward {
    parts = List.copyOf(parts);
  }
}
