package dev.offramp.bench.kernels;

import java.util.Arrays;

/** The middle of measured values, which a disturbance in fewer than half of them cannot move. */
public final class Medians {
  private Medians() {}

  /** The median; of an even number the mean of the two in the middle. */
  public static double of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
