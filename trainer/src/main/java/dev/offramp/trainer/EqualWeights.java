package dev.offramp.trainer;

import java.util.Arrays;

/** Every exit counts alike: the plain sum. */
final class EqualWeights implements ExitWeights {
  @Override
  public double[] of(int exits, Step step) {
    var weights = new double[exits];
    Arrays.fill(weights, 1);
    return weights;
  }
}
