package dev.offramp.trainer;

import dev.offramp.model.exit.ExitSignal;

/**
 * COSEE's sample weighting mechanism (SWM): how much each sample counts at each exit.
 *
 * <p>A sample weighs most at the exit where a threshold would let it leave, and less with the
 * distance from there: {@code w_n^(m) = softmax_m(-beta |m - m*_n|)}. No gradient flows through the
 * weights, so they are computed as plain numbers.
 *
 * <p>Shapes: N samples, M exits. Signals are those of the M - 1 internal exits; the last exit takes
 * every sample that no internal one does. Exits count from 1 in the formulas, from 0 in arrays.
 *
 * <p>Source: arXiv 2412.13236, equations 2 to 5.
 */
final class SampleWeighting {
  private SampleWeighting() {}

  /** The sharpness at a step: it grows linearly from 0 to {@code betaEnd}. */
  static double beta(double betaEnd, Step step) {
    return betaEnd * step.index() / step.total();
  }

  /**
   * The weights, averaged over the thresholds.
   *
   * @param signals {@code [N][M - 1]}
   * @return {@code [N][M]}; a sample's weights sum to 1
   */
  static double[][] weights(
      ExitSignal signal, float[][] signals, double[] thresholds, double beta) {
    var mean = new double[signals.length][];
    for (int n = 0; n < signals.length; n++) {
      int exits = signals[n].length + 1;
      mean[n] = new double[exits];
      for (double threshold : thresholds) {
        int exit = exit(signal, signals[n], threshold);
        double[] weights = around(exit, exits, beta);
        for (int m = 0; m < exits; m++) {
          mean[n][m] += weights[m] / thresholds.length;
        }
      }
    }
    return mean;
  }

  /** The index of the first exit whose signal passes, else of the last exit. */
  static int exit(ExitSignal signal, float[] signals, double threshold) {
    for (int m = 0; m < signals.length; m++) {
      if (signal.passes(signals[m], threshold)) {
        return m;
      }
    }
    return signals.length;
  }

  /** {@code softmax_m(-beta |m - exit|)} over {@code exits} exits. */
  static double[] around(int exit, int exits, double beta) {
    var weights = new double[exits];
    double sum = 0;
    for (int m = 0; m < exits; m++) {
      // The greatest exponent is 0, at the exit itself: nothing overflows.
      weights[m] = Math.exp(-beta * Math.abs(m - exit));
      sum += weights[m];
    }
    for (int m = 0; m < exits; m++) {
      weights[m] /= sum;
    }
    return weights;
  }
}
