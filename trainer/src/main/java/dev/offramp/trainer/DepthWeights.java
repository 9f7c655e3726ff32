package dev.offramp.trainer;

/**
 * The deeper an exit, the more it counts: exit m by m over the sum of all, so that the weights add
 * up to 1.
 *
 * <p>Source: PABEE (Zhou et al., 2020), the weighted average of all exits' losses.
 */
final class DepthWeights implements ExitWeights {
  @Override
  public double[] of(int exits, Step step) {
    double sum = exits * (exits + 1) / 2.0;
    var weights = new double[exits];
    for (int m = 0; m < exits; m++) {
      weights[m] = (m + 1) / sum;
    }
    return weights;
  }
}
