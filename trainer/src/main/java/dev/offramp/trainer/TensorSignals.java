package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import dev.offramp.model.exit.ExitSignal;

/**
 * The exit signals over native arrays, so that gradients flow through them.
 *
 * <p>They equal {@link ExitSignal} on plain numbers, and like it stay finite at extreme logits:
 * every exponential is of a number {@code <= 0}.
 *
 * <p>Shapes: {@code [..., C]} in, {@code [...]} out.
 */
final class TensorSignals {
  private static final int[] LAST = {-1};

  private TensorSignals() {}

  static NDArray of(ExitSignal signal, NDArray logits, double temperature) {
    NDArray scaled = Scaling.scale(logits, 1 / temperature);
    return switch (signal) {
      case ENERGY -> energy(scaled, temperature);
      case ENTROPY -> entropy(scaled);
      case LABEL_SCORE -> scaled.softmax(-1).max(LAST);
    };
  }

  /** {@code 1 / (1 + (sum_c exp(f_c / T))^T)}, as a sigmoid of the negative log of the power. */
  private static NDArray energy(NDArray scaled, double temperature) {
    // A constant shift changes no log-sum-exp, so no gradient needs to flow through the maximum.
    NDArray shift = scaled.stopGradient().max(LAST, true); // [..., 1]
    NDArray sum = scaled.sub(shift).exp().sum(LAST); // [...]
    NDArray logSumExp = sum.log().add(shift.squeeze(-1));
    return Scaling.scale(logSumExp, -temperature).getNDArrayInternal().sigmoid();
  }

  /** {@code sum_c p_c log p_c / log(1 / C)}; log p is finite, so p log p is 0 at p = 0. */
  private static NDArray entropy(NDArray scaled) {
    long classes = scaled.getShape().get(scaled.getShape().dimension() - 1);
    NDArray logs = scaled.logSoftmax(-1);
    return Scaling.scale(logs.exp().mul(logs).sum(LAST), 1 / Math.log(1.0 / classes));
  }
}
