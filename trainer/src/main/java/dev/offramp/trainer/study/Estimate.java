package dev.offramp.trainer.study;

import java.util.Arrays;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * The mean of some runs' numbers.
 *
 * @param mean the mean
 * @param deviation the runs' standard deviation; NaN for one run
 * @param margin half the width of the 95 % confidence interval of the mean, by Student's t; NaN for
 *     one run
 * @param runs how many runs
 */
public record Estimate(double mean, double deviation, double margin, int runs) {
  private static final double CONFIDENCE = 0.95;

  /** Of at least one number. */
  public static Estimate of(double... values) {
    int n = values.length;
    double mean = Arrays.stream(values).average().orElseThrow();
    if (n == 1) {
      return new Estimate(mean, Double.NaN, Double.NaN, 1);
    }
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    double deviation = Math.sqrt(squares / (n - 1));
    double quantile = new TDistribution(n - 1.0).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    return new Estimate(mean, deviation, quantile * deviation / Math.sqrt(n), n);
  }

  /** Whether the interval lies on one side of zero. */
  public boolean isClear() {
    return Math.abs(mean) > margin;
  }
}
