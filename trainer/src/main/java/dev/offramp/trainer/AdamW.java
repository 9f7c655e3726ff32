package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import org.jspecify.annotations.Nullable;

/**
 * Adam with decoupled weight decay, over one vector of parameters.
 *
 * <p>Step s: {@code m = b1 m + (1 - b1) g}, {@code v = b2 v + (1 - b2) g^2}, {@code p -= lr (decay
 * p + m' / (sqrt(v') + eps))} with {@code m' = m / (1 - b1^s)} and {@code v' = v / (1 - b2^s)}.
 *
 * <p>Ownership: its arrays belong to their manager.
 *
 * <p>Source: Loshchilov and Hutter, 2019, algorithm 2.
 */
final class AdamW {
  static final float FIRST_DECAY = 0.9f;
  static final float SECOND_DECAY = 0.999f;
  static final float EPSILON = 1e-8f;

  private final NDArray first;
  private final NDArray second;
  private final NDArray decay;

  /**
   * An optimizer that goes on from given moments.
   *
   * @param first the first moment
   * @param second the second moment
   * @param decay how much of each parameter a step at learning rate 1 takes
   */
  AdamW(NDArray first, NDArray second, NDArray decay) {
    this.first = first;
    this.second = second;
    this.decay = decay;
  }

  /** An optimizer before its first step. */
  static AdamW atRest(NDManager manager, NDArray decay) {
    return new AdamW(manager.zeros(decay.getShape()), manager.zeros(decay.getShape()), decay);
  }

  /**
   * Moves the parameters one step.
   *
   * @param mask 1 for each parameter that moves, 0 for one that stays; null if all move
   * @param step the step's number, from 1
   */
  void step(
      NDArray parameters, NDArray gradient, @Nullable NDArray mask, float learningRate, long step) {
    try (var scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      first.muli(FIRST_DECAY).addi(gradient.mul(1 - FIRST_DECAY));
      second.muli(SECOND_DECAY).addi(gradient.square().muli(1 - SECOND_DECAY));
      double firstBias = 1 - Math.pow(FIRST_DECAY, (double) step);
      double secondBias = 1 - Math.pow(SECOND_DECAY, (double) step);
      NDArray root = second.sqrt().muli((float) (1 / Math.sqrt(secondBias))).addi(EPSILON);
      NDArray update = first.div(root).muli((float) (1 / firstBias));
      update.addi(decay.mul(parameters)).muli(learningRate);
      parameters.subi(mask == null ? update : update.muli(mask));
    }
  }

  /** The running mean of the gradient, not yet corrected for its start at zero. */
  NDArray first() {
    return first;
  }

  /** The running mean of the squared gradient, not yet corrected for its start at zero. */
  NDArray second() {
    return second;
  }
}
