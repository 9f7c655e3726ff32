package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.offramp.model.exit.ExitSignal;

/**
 * A weighted sum of the exits' mean cross-entropies: with equal weights the plain objective, COSEE
 * without weighting and without calibration.
 */
final class WeightedCrossEntropies implements Objective {
  private final ExitWeights weights;
  private final ExitSignal signal;
  private final float smoothing;

  /**
   * The objective.
   *
   * @param signal whose range the loss reports
   */
  WeightedCrossEntropies(ExitWeights weights, ExitSignal signal, double labelSmoothing) {
    this.weights = weights;
    this.signal = signal;
    this.smoothing = (float) labelSmoothing;
  }

  @Override
  public Loss loss(NDArray logits, int[] labels, Step step) {
    int exits = (int) logits.getShape().get(0);
    double[] shares = weights.of(exits, step);
    var factors = new float[exits];
    for (int m = 0; m < exits; m++) {
      factors[m] = (float) (shares[m] / labels.length);
    }
    NDArray factor = logits.getManager().create(factors, new Shape(exits, 1)); // [M, 1]
    NDArray total = CrossEntropy.of(logits, labels, smoothing).mul(factor).sum();
    float[] signals = TensorSignals.of(signal, logits.stopGradient(), 1).toFloatArray();
    return Loss.of(total, total.getFloat(), 0, Predictions.range(signals));
  }

  @Override
  public boolean teachesInternalExits(Step step) {
    return weights.countInternal(step);
  }

  @Override
  public Trainable trainable(Step step) {
    return weights.trainable(step);
  }
}
