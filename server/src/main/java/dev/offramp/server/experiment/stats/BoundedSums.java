package dev.offramp.server.experiment.stats;

/**
 * Any observations in [0, 1], of which only sums are kept.
 *
 * <p>What a bet made is then known from below: {@code log(1 + t y) >= t y + (log(1 - t) + t) y^2}
 * for {@code y >= -1} and {@code 0 <= t < 1}, with {@code y = x / m - 1}. Less than what a fair bet
 * earns is still no more than that, so bounds stay exact; they are a little wider. Source: Fan,
 * Grama and Liu, "Exponential inequalities for martingales with applications" (2015), lemma 4.1.
 *
 * @param n how many there were
 * @param sum their sum, 0 to n
 * @param squares the sum of their squares, between {@code sum^2 / n} and {@code sum}
 */
public record BoundedSums(long n, double sum, double squares) implements BoundedSample {
  private static final double ROUNDING = 1e-9;

  /** Checks that there are observations in [0, 1] with these sums, up to rounding. */
  public BoundedSums {
    Checked.count("n", n);
    double slack = ROUNDING * (n + 1);
    if (!(sum >= -slack && sum <= n + slack)) {
      throw new IllegalArgumentException("sum: %s (expected: 0 to n, %d)".formatted(sum, n));
    }
    if (!(squares <= sum + slack && squares * n >= sum * sum - slack * (n + 1))) {
      throw new IllegalArgumentException(
          "squares: %s (expected: between sum^2 / n and sum, %s, as of values in [0, 1])"
              .formatted(squares, sum));
    }
  }

  /** Both together. */
  public BoundedSums plus(BoundedSums other) {
    return new BoundedSums(n + other.n, sum + other.sum, squares + other.squares);
  }

  @Override
  public double mean() {
    return n == 0 ? 0 : sum / n;
  }

  @Override
  public BoundedSums mirrored() {
    return new BoundedSums(n, n - sum, n - 2 * sum + squares);
  }

  @Override
  public double logWealth(double theta, double m) {
    double first = sum / m - n;
    double second = squares / (m * m) - 2 * sum / m + n;
    return theta * first + (Math.log1p(-theta) + theta) * second;
  }
}
