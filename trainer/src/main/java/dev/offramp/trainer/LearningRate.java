package dev.offramp.trainer;

/**
 * A learning rate that climbs linearly from zero to its peak and then falls linearly to zero.
 *
 * @param peak the greatest rate
 * @param warmUpSteps how many steps the climb takes
 * @param steps how many steps there are in all
 */
record LearningRate(double peak, long warmUpSteps, long steps) {
  LearningRate {
    if (!(peak > 0) || !Double.isFinite(peak)) {
      throw new IllegalArgumentException("learning rate: " + peak + " (expected: > 0)");
    }
    if (steps < 1) {
      throw new IllegalArgumentException("steps: " + steps + " (expected: >= 1)");
    }
    if (warmUpSteps < 0 || warmUpSteps > steps) {
      throw new IllegalArgumentException(
          "warm-up steps: %d (expected: 0 to %d)".formatted(warmUpSteps, steps));
    }
  }

  /**
   * The rate of a step.
   *
   * @param step the step's number, from 1
   */
  double at(long step) {
    if (step <= warmUpSteps) {
      return peak * step / warmUpSteps;
    }
    return peak * (steps - step + 1) / (steps - warmUpSteps + 1);
  }
}
