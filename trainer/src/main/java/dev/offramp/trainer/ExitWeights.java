package dev.offramp.trainer;

/**
 * How much each exit's cross-entropy counts in a step, and which parameters the step moves.
 *
 * <p>A step's weights add up to 1 at most, as COSEE's do: AdamW does not care for a loss's scale,
 * but gradients are clipped at a norm, which is to cost no objective more than COSEE.
 */
interface ExitWeights {
  /**
   * The exits' weights.
   *
   * @param exits M
   * @return {@code [M]}, none negative, not all zero, of a sum of 1 at most
   */
  double[] of(int exits, Step step);

  /** Whether exits but the last have any weight in a step. */
  default boolean countInternal(Step step) {
    return true;
  }

  /** What a step moves. */
  default Trainable trainable(Step step) {
    return Trainable.all(step);
  }
}
