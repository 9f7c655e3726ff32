package dev.offramp.server.experiment.stats;

/**
 * The mean outcome of one arm less that of another, units split between them, with the variance
 * that is explained by what was known before taken out (CUPED).
 *
 * <p>With {@code theta = cov(x, y) / var(x)}, pooled within the arms, {@code y - theta x} has the
 * same expected difference, since {@code x} was fixed before units were split, and a variance less
 * by {@code cov^2 / var(x)}. Without {@code x} theta is 0.
 *
 * <p>Threading: immutable. Sources: Deng, Xu, Kohavi and Walker, "Improving the sensitivity of
 * online controlled experiments by utilizing pre-experiment data" (2013); {@link NormalMixture} for
 * the intervals, which are asymptotic: below {@value #LEAST_UNITS} units an arm nothing is said.
 *
 * @param n units of both arms
 * @param estimate the second arm's mean less the first one's
 * @param variance the estimate's variance; NaN while it is not known
 * @param explained the share of the variance, within [0, 1], that was taken out; 0 while it is not
 *     known
 */
public record MeanDifference(long n, double estimate, double variance, double explained) {
  /** The least number of units an arm before the limit theorem is relied on. */
  public static final int LEAST_UNITS = 50;

  /** The difference {@code second - first}. */
  public static MeanDifference of(ArmSums first, ArmSums second) {
    boolean few = first.n() < LEAST_UNITS || second.n() < LEAST_UNITS;
    double aboutX = few ? 0 : first.aboutX() + second.aboutX(); // Of a few units theta is a guess.
    double theta = aboutX > 0 ? (first.aboutXy() + second.aboutXy()) / aboutX : 0;
    double estimate =
        second.mean() - first.mean() - theta * (second.meanBefore() - first.meanBefore());
    if (few) {
      return new MeanDifference(first.n() + second.n(), estimate, Double.NaN, 0);
    }
    double variance = ofMean(first, theta) + ofMean(second, theta);
    double plain = ofMean(first, 0) + ofMean(second, 0);
    return new MeanDifference(
        first.n() + second.n(),
        estimate,
        variance > 0 ? variance : Double.NaN,
        plain > 0 ? Math.max(0, 1 - variance / plain) : 0);
  }

  private static double ofMean(ArmSums arm, double theta) {
    double about = arm.aboutY() - 2 * theta * arm.aboutXy() + theta * theta * arm.aboutX();
    return Math.max(0, about) / (arm.n() - 1) / arm.n();
  }

  /** What the true difference can be, at every look but with probability {@code alpha}. */
  public Interval interval(double alpha) {
    return isKnown() ? around(deviation() * new NormalMixture(alpha).twoSided(n)) : Interval.ANY;
  }

  /** The same for {@code mixture}, of whose level it is. */
  public Interval interval(NormalMixture mixture) {
    return isKnown() ? around(deviation() * mixture.twoSided(n)) : Interval.ANY;
  }

  /** A bound below which the true difference is at no look but with probability {@code alpha}. */
  public double lower(double alpha) {
    return isKnown()
        ? estimate - deviation() * new NormalMixture(alpha).oneSided(n)
        : Double.NEGATIVE_INFINITY;
  }

  /** A bound above which the true difference is at no look but with probability {@code alpha}. */
  public double upper(double alpha) {
    return isKnown()
        ? estimate + deviation() * new NormalMixture(alpha).oneSided(n)
        : Double.POSITIVE_INFINITY;
  }

  private boolean isKnown() {
    return !Double.isNaN(variance);
  }

  private Interval around(double distance) {
    return new Interval(estimate - distance, estimate + distance);
  }

  /* As if of one observation, of which n make the variance that there is. */
  private double deviation() {
    return Math.sqrt(n * variance);
  }
}
