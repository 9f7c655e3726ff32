package dev.offramp.assignment;

/** Pearson's statistic and the value that chance passes once in a million. */
final class ChiSquare {
  private ChiSquare() {}

  /** The sum of squared distances from equal counts, each by what was expected. */
  static double ofEqual(int[] counts) {
    long all = 0;
    for (int count : counts) {
      all += count;
    }
    double expected = all / (double) counts.length;
    double sum = 0;
    for (int count : counts) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }

  /** Wilson and Hilferty's approximation of the 1 - 1e-6 quantile (z = 4.753). */
  static double onceInAMillion(int degrees) {
    double part = 2 / (9.0 * degrees);
    return degrees * Math.pow(1 - part + 4.753 * Math.sqrt(part), 3);
  }
}
