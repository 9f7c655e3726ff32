package dev.offramp.trainer;

/** How much each exit's cross-entropy counts in a step, and which parameters the step moves. */
interface ExitWeights {
  /**
   * The exits' weights.
   *
   * @param exits M
   * @return {@code [M]}, not all zero
   */
  double[] of(int exits, Step step);

  /** Whether exits but the last have any weight in a step. */
  default boolean countInternal(Step step) {
    return true;
  }

  /** What a step moves. */
  default Trainable trainable(Step step) {
    return Trainable.ALL;
  }
}
