package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;

/** What happens to a gradient before the optimizer gets it. */
final class Gradients {
  private Gradients() {}

  /** Scales a gradient, in place, so that its norm is at most {@code most}; returns it. */
  static NDArray clipped(NDArray gradient, double most) {
    double norm = gradient.norm().getFloat();
    if (!Double.isFinite(norm)) {
      throw new TrainingDivergedException("norm of the gradient: " + norm);
    }
    return norm > most ? gradient.muli((float) (most / norm)) : gradient;
  }
}
