package dev.offramp.trainer;

/** What happens to a gradient before the optimizer gets it. */
final class Gradients {
  private Gradients() {}

  /** What scales a gradient of this norm so that its norm is at most {@code most}: at most 1. */
  static double factor(double norm, double most) {
    if (!Double.isFinite(norm)) {
      throw new TrainingDivergedException("norm of the gradient: " + norm);
    }
    return norm > most ? most / norm : 1;
  }
}
