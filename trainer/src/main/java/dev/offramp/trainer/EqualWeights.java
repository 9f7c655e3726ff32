package dev.offramp.trainer;

import java.util.Arrays;

/**
 * Every exit counts alike, {@code 1 / M}: the plain sum of cross-entropies, at the scale that COSEE
 * has without its halves.
 */
final class EqualWeights implements ExitWeights {
  @Override
  public double[] of(int exits, Step step) {
    var weights = new double[exits];
    Arrays.fill(weights, 1.0 / exits);
    return weights;
  }
}
