package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import dev.offramp.model.exit.ExitSignal;

/**
 * The plain objective: the sum over the exits of their mean cross-entropies.
 *
 * <p>COSEE without weighting and without calibration; the baseline of its ablation.
 */
final class SumOfCrossEntropies implements Objective {
  private final ExitSignal signal;
  private final float smoothing;

  SumOfCrossEntropies(ExitSignal signal, double labelSmoothing) {
    this.signal = signal;
    this.smoothing = (float) labelSmoothing;
  }

  @Override
  public Loss loss(NDArray logits, int[] labels, Step step) {
    NDArray total =
        Scaling.scale(CrossEntropy.of(logits, labels, smoothing).sum(), 1.0 / labels.length);
    float[] signals = TensorSignals.of(signal, logits.stopGradient(), 1).toFloatArray();
    return Loss.of(total, total.getFloat(), 0, Predictions.range(signals));
  }
}
