package dev.offramp.server.experiment.stats;

import org.apache.commons.math3.special.Erf;

/*
 * The sum S of n standardized observations grows like a Brownian motion at time n, for which
 *
 *   exp(S^2 r^2 / (2 (n r^2 + 1))) / sqrt(n r^2 + 1)
 *
 * is a martingale from 1: the mean of exp(l S - l^2 n / 2) over l drawn normally with deviation r.
 * Drawn from the positive half alone it is that times 2 Phi(S r / sqrt(n r^2 + 1)), and tests one
 * side. Both pass 1/alpha with probability alpha at most. That S grows so is true in the limit only:
 * these are the asymptotic confidence sequences, for outcomes of which no bound is known.
 */

/**
 * How far a mean of {@code n} observations may lie from the truth, in standard deviations of one
 * observation, at all {@code n} together.
 *
 * <p>Threading: immutable. Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform
 * central limit theory and asymptotic confidence sequences" (2023), theorem 2.2 and its one-sided
 * form in appendix B.
 *
 * @param alpha the probability of ever being wrong
 * @param tunedFor the number of observations for which the width is least
 */
public record NormalMixture(double alpha, double tunedFor) {
  /** What is usual; five times more or fewer observations widen by a few per cent. */
  public static final double DEFAULT_TUNED_FOR = 5_000;

  private static final int NEWTON_STEPS = 6;

  /** Checks both. */
  public NormalMixture {
    Checked.alpha(alpha);
    if (!(tunedFor >= 1 && tunedFor < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "tuned for: %s observations (expected: >= 1)".formatted(tunedFor));
    }
  }

  /** Tuned for the usual number. */
  public NormalMixture(double alpha) {
    this(alpha, DEFAULT_TUNED_FOR);
  }

  /* The square of the deviation of the drawn slopes. */
  private double rhoSquared() {
    double log = -2 * Math.log(alpha);
    return (log + Math.log(log + 1)) / tunedFor;
  }

  /** The distance on either side; infinite of no observation. */
  public double twoSided(long n) {
    double time = n * rhoSquared();
    return n <= 0
        ? Double.POSITIVE_INFINITY
        : Math.sqrt(2 * (time + 1) / (n * time) * (0.5 * Math.log1p(time) - Math.log(alpha)));
  }

  /** The distance on one side, less than on either; infinite of no observation. */
  public double oneSided(long n) {
    if (n <= 0) {
      return Double.POSITIVE_INFINITY;
    }
    double time = n * rhoSquared();
    double enough = 0.5 * Math.log1p(time) - Math.log(alpha);
    // Newton's steps down to y^2 / 2 + log(2 Phi(y)) = enough, convex: none goes below the root.
    double y = Math.sqrt(2 * enough);
    for (int i = 0; i < NEWTON_STEPS; i++) {
      double twicePhi = Erf.erfc(-y / Math.sqrt(2));
      double slope = y + Math.sqrt(2 / Math.PI) * Math.exp(-y * y / 2) / twicePhi;
      y -= (y * y / 2 + Math.log(twicePhi) - enough) / slope;
    }
    return y * Math.sqrt((time + 1) / (n * time));
  }
}
