package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;

/*
 * NDArray.mul(Number) must not be used where gradients flow. It wraps the number in an array over a
 * Java buffer and closes that array at once, but autograd still holds the buffer's address for the
 * backward pass: a garbage collection in between turns the gradient into noise, about once in a
 * thousand steps. Here the array lives as long as its
 * manager or the scope that it was made in, and so does its buffer.
 */

/** Products with plain numbers that gradients may flow through. */
final class Scaling {
  private Scaling() {}

  /**
   * The array times a factor.
   *
   * <p>Ownership: as with any operation, its manager frees it, or the thread's {@link
   * ai.djl.ndarray.NDScope} if there is one; both must be open until the backward pass is over.
   */
  static NDArray scale(NDArray array, double factor) {
    return factor == 1 ? array : array.mul(array.getManager().create((float) factor));
  }
}
