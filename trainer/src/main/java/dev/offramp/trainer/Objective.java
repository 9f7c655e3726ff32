package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * What training makes small: a loss over the logits of every exit.
 *
 * <p>An objective holds no state. What it needs of earlier epochs reaches it through {@link Step}.
 */
interface Objective {
  /**
   * The loss of one batch.
   *
   * <p>Shapes: M exits, N samples, C classes.
   *
   * @param logits {@code [M, N, C]}, part of a graph that gradients flow through
   * @param labels {@code [N]}, each a class's index
   */
  Loss loss(NDArray logits, int[] labels, Step step);

  /** Whether the step is for exits but the last too. */
  default boolean teachesInternalExits(Step step) {
    return true;
  }

  /**
   * What to tell whoever trains of an epoch, if anything.
   *
   * @param calibration the mean of {@link Loss#calibration}
   */
  default Optional<String> advice(double calibration) {
    return Optional.empty();
  }

  /** What the step moves. */
  default Trainable trainable(Step step) {
    return Trainable.all(step);
  }

  /**
   * A batch's loss and what it was made of.
   *
   * @param total the scalar to differentiate
   * @param totalValue its value
   * @param crossEntropy the share of the weighted cross-entropies in it
   * @param calibration the share of the signals' calibration in it, before its factor
   * @param signals the range of signals in this batch: of the internal exits', if the objective
   *     draws thresholds from it, else of all exits' at temperature 1
   */
  record Loss(
      NDArray total,
      double totalValue,
      double crossEntropy,
      double calibration,
      SignalRange signals) {

    static Loss of(NDArray total, double crossEntropy, double calibration, SignalRange signals) {
      return new Loss(total, total.getFloat(), crossEntropy, calibration, signals);
    }
  }
}
