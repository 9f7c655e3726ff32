package dev.offramp.server.experiment.stats;

/**
 * Observations that are 0, 1/2 or 1, counted. Bets on them are known exactly from the counts, since
 * a product does not care for order.
 *
 * @param zeros how many were 0
 * @param halves how many were 1/2
 * @param ones how many were 1
 */
public record Tally(long zeros, long halves, long ones) implements BoundedSample {
  /** Checks the counts. */
  public Tally {
    Checked.count("zeros", zeros);
    Checked.count("halves", halves);
    Checked.count("ones", ones);
  }

  /** Of {@code n} observations that are 0 or 1, {@code ones} were 1. */
  public static Tally ofRate(long n, long ones) {
    if (ones < 0 || ones > n) {
      throw new IllegalArgumentException("ones: %d (expected: 0 to n, %d)".formatted(ones, n));
    }
    return new Tally(n - ones, 0, ones);
  }

  /** Both together. */
  public Tally plus(Tally other) {
    return new Tally(zeros + other.zeros, halves + other.halves, ones + other.ones);
  }

  @Override
  public long n() {
    return zeros + halves + ones;
  }

  @Override
  public double mean() {
    return n() == 0 ? 0 : (ones + 0.5 * halves) / n();
  }

  @Override
  public Tally mirrored() {
    return new Tally(/* zeros= */ ones, halves, /* ones= */ zeros);
  }

  @Override
  public double logWealth(double theta, double m) {
    double log = 0;
    if (zeros > 0) {
      log += zeros * Math.log1p(-theta);
    }
    if (halves > 0) {
      log += halves * Math.log1p(theta * (0.5 / m - 1));
    }
    if (ones > 0) {
      log += ones * Math.log1p(theta * (1 / m - 1));
    }
    return log;
  }
}
