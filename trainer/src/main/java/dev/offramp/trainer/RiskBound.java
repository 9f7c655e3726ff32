package dev.offramp.trainer;

/**
 * An upper confidence bound of a mean of losses in [0, 1]: the one of Waudby-Smith and Ramdas.
 *
 * <p>Losses are bets against a guess {@code m} of their mean. With {@code mu_i = (1/2 + sum x) / (1
 * + i)}, {@code s2_i = (1/4 + sum (x_j - mu_j)^2) / (1 + i)} and stakes {@code nu_i = min(sqrt(2
 * ln(1/delta) / (n s2_(i-1))), 1)}, the wealth after {@code i} bets is {@code K_i(m) = prod (1 -
 * nu_j (x_j - m))}. If {@code m} is the true mean, wealth is a martingale from 1 and passes {@code
 * 1/delta} at any time with probability at most {@code delta} (Ville). It rises with {@code m}; the
 * bound is where the most of it meets {@code 1/delta}.
 *
 * <p>Losses come in a random order, each drawn like the others: a file sorted by class must be
 * shuffled first.
 *
 * <p>Threading: pure functions. Source: "Estimating means of bounded random variables by betting"
 * (2023), as used by "Fast yet Safe" (arXiv 2405.20915).
 */
final class RiskBound {
  private static final int BISECTIONS = 60;
  private static final int MOST_TEXTS = 100_000_000;

  private RiskBound() {}

  /**
   * Whether the bound is at most {@code eps}: whether the losses' mean may be taken to be at most
   * that, with a probability of {@code delta} of being wrong.
   */
  static boolean isAtMost(double eps, double[] losses, double delta) {
    return logWealth(losses, eps, delta) >= -Math.log(delta);
  }

  /** The bound itself, at most 1. */
  static double upper(double[] losses, double delta) {
    double low = 0;
    double high = 1;
    if (!isAtMost(high, losses, delta)) {
      return high;
    }
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (isAtMost(middle, losses, delta)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  /** The least number of texts, all without loss, whose bound is at most {@code eps}. */
  static int textsNeeded(double eps, double delta) {
    int high = 1;
    while (!isAtMost(eps, new double[high], delta)) {
      if (high > MOST_TEXTS / 2) {
        throw new IllegalArgumentException(
            "risk: %s at delta %s (expected: one that %,d texts can show)"
                .formatted(eps, delta, MOST_TEXTS));
      }
      high *= 2;
    }
    int low = high / 2; // Too few, or none.
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (isAtMost(eps, new double[middle], delta)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  /** The logarithm of the most wealth that betting against the mean {@code m} ever makes. */
  private static double logWealth(double[] losses, double m, double delta) {
    int n = losses.length;
    double most = Double.NEGATIVE_INFINITY;
    double log = 0;
    double sum = 0.5;
    double squares = 0.25;
    double variance = 0.25; // s2 of the losses before this one.
    for (int i = 1; i <= n; i++) {
      double x = losses[i - 1];
      double stake = Math.min(Math.sqrt(-2 * Math.log(delta) / (n * variance)), 1);
      log += Math.log1p(-stake * (x - m));
      most = Math.max(most, log);
      sum += x;
      double mean = sum / (1 + i);
      squares += (x - mean) * (x - mean);
      variance = squares / (1 + i);
    }
    return most;
  }
}
