package dev.offramp.server.experiment.stats;

/*
 * Who says that a mean is at most m offers a fair game, or better: stake the share theta of your
 * wealth on the next observation x and get 1 - theta + theta x / m back for each 1. If the claim is
 * true wealth is a supermartingale from 1, and ever passes 1/alpha with probability alpha at most
 * (Ville). Wealth above 1/alpha refutes the claim at that level, whenever one looks.
 *
 * What is the right theta? That depends on how far off the claim is. So wealth is spread beforehand
 * over stakes of all sizes, each of which is never changed:
 *
 *   K(m) = sum_k w_k prod_i (1 - theta_k + theta_k x_i / m)
 *
 * which is a supermartingale too. Three things follow from stakes that never change, and they are
 * why this and not the betting that learns from the past (which would be a little sharper):
 *   - for values of two or three kinds the product needs counts alone, so replicas add theirs in a database
 *     and it does not matter in which order they came;
 *   - every factor falls with m, so K does, and the claims not refuted are an interval;
 *   - a bound costs the same after ten and after a billion observations.
 *
 * Stakes are spread evenly over log odds from 2^-17 to 2^7, two an octave, and weighted by one over
 * one plus the octaves from even odds. Not to know the best stake beforehand costs 1 to 4 nats of
 * evidence in up to ten thousand observations, and below 4.5 in a hundred million (BettingTest).
 */

/**
 * Exact confidence sequences for the mean of observations in [0, 1]: bounds that hold at every look
 * at once, for any sample size, with no approximation.
 *
 * <p>Observations are drawn alike and independently, or at least each has the same mean given those
 * before. When one looks may depend on what was seen; which observations are sent in may not.
 *
 * <p>Threading: pure functions. Source: Waudby-Smith and Ramdas, "Estimating means of bounded
 * random variables by betting" (2023), hedged capital of section 4 with a fixed mixture of bets.
 */
public final class Betting {
  private static final double FIRST_OCTAVE = -17;
  private static final int STAKES = 49;
  private static final double[] THETAS = new double[STAKES];
  private static final double[] LOG_WEIGHTS = new double[STAKES];

  private static final int SCAN_STEPS = 40;
  private static final int BISECTIONS = 45;

  static {
    double sum = 0;
    for (int k = 0; k < STAKES; k++) {
      double octave = FIRST_OCTAVE + k / 2.0;
      double odds = Math.pow(2, octave);
      THETAS[k] = odds / (1 + odds);
      LOG_WEIGHTS[k] = 1 / (1 + Math.abs(octave));
      sum += LOG_WEIGHTS[k];
    }
    for (int k = 0; k < STAKES; k++) {
      LOG_WEIGHTS[k] = Math.log(LOG_WEIGHTS[k] / sum);
    }
  }

  private Betting() {}

  /**
   * The evidence that the mean is above {@code m}: the logarithm of the wealth made by betting on
   * that. It passes {@code log(1 / alpha)} at any time with probability {@code alpha} at most if
   * the mean is {@code m} or less.
   */
  public static double logEvidenceAbove(BoundedSample sample, double m) {
    if (!(m >= 0 && m <= 1)) {
      throw new IllegalArgumentException("mean: %s (expected: 0 to 1)".formatted(m));
    }
    if (m == 0) {
      // One observation above 0 refutes it for good.
      return sample.mean() > 0 ? Double.POSITIVE_INFINITY : 0;
    }
    double most = Double.NEGATIVE_INFINITY;
    var logs = new double[STAKES];
    for (int k = 0; k < STAKES; k++) {
      logs[k] = LOG_WEIGHTS[k] + sample.logWealth(THETAS[k], m);
      most = Math.max(most, logs[k]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - most);
    }
    return most + Math.log(sum);
  }

  /** The evidence that the mean is below {@code m}; else as {@link #logEvidenceAbove}. */
  public static double logEvidenceBelow(BoundedSample sample, double m) {
    return logEvidenceAbove(sample.mirrored(), 1 - m);
  }

  /** A bound below which the mean never is, at any look, but with probability {@code alpha}. */
  public static double lower(BoundedSample sample, double alpha) {
    double enough = -Math.log(Checked.alpha(alpha));
    double mean = sample.mean();
    if (sample.n() == 0 || mean <= 0) {
      return 0;
    }
    double possible = mean;
    for (int step = SCAN_STEPS; step > -SCAN_STEPS; step--) {
      // From just below the mean down: by sums alone evidence need not rise all the way.
      double m = step > 0 ? mean * (1 - Math.pow(2, -step)) : mean * Math.pow(2, step - 2);
      if (logEvidenceAbove(sample, m) >= enough) {
        return bisect(sample, m, possible, enough);
      }
      possible = m;
    }
    return 0;
  }

  private static double bisect(
      BoundedSample sample, double refuted, double possible, double enough) {
    double low = refuted;
    double high = possible;
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (logEvidenceAbove(sample, middle) >= enough) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A bound above which the mean never is, at any look, but with probability {@code alpha}. */
  public static double upper(BoundedSample sample, double alpha) {
    return 1 - lower(sample.mirrored(), alpha);
  }

  /** Both bounds, which hold together at every look but with probability {@code alpha}. */
  public static Interval interval(BoundedSample sample, double alpha) {
    return new Interval(lower(sample, alpha / 2), upper(sample, alpha / 2));
  }
}
