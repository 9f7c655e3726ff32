package dev.offramp.server.experiment.stats;

import java.util.List;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;
import org.apache.commons.math3.special.Gamma;

/*
 * The chi-square test is for one look. Asked again and again it flags every sound experiment in the
 * end, and this one is asked every few seconds. So the verdict is that of a test which may be asked
 * at any time: the likelihood of the counts with the shares drawn from a Dirichlet distribution,
 * over their likelihood with the shares that were meant, is a martingale from 1. A mean of four is
 * taken, from shares drawn anywhere to shares drawn within a thousandth of those meant, since what
 * is lost may be half an arm or one unit in a hundred. The p-value of the chi-square is there to be
 * read beside it.
 */

/**
 * Whether arms got the shares of units that they should: if not, something loses units of one arm
 * more than of another, and no conclusion holds.
 *
 * <p>Threading: immutable. Source of the sequential test: Lindon and Malek, "Anytime-valid
 * inference for multinomial count data" (2022), section 3.
 *
 * @param units units seen in each arm
 * @param isEarly whether fewer than {@value #LEAST_UNITS} units are expected in an arm: then
 *     nothing can be said yet, and both probabilities are 1
 * @param chiSquareP the probability of counts so far off or farther, at one look
 * @param anytimeP a bound of the probability of ever seeing evidence so strong by chance
 */
public record SampleRatio(List<Long> units, boolean isEarly, double chiSquareP, double anytimeP) {
  /** Below which p-value counts are off. */
  public static final double FLAGGED_BELOW = 0.001;

  /** Fewer units than that expected in an arm say nothing. */
  public static final int LEAST_UNITS = 8;

  private static final double[] CONCENTRATIONS = {2, 100, 10_000, 1_000_000};

  public SampleRatio {
    units = List.copyOf(units);
  }

  /**
   * Tests counts of units.
   *
   * @param units units seen in each arm, overrides aside
   * @param weights the arms' shares, together 1, none of them 0
   */
  public static SampleRatio of(List<Long> units, List<Double> weights) {
    if (units.size() != weights.size() || units.size() < 2) {
      throw new IllegalArgumentException(
          "arms: %d of counts, %d of weights (expected: as many, at least 2)"
              .formatted(units.size(), weights.size()));
    }
    long all = 0;
    for (long count : units) {
      all += Checked.count("units", count);
    }
    double sum = 0;
    double least = 1;
    for (double weight : weights) {
      if (!(weight > 0 && weight <= 1)) {
        throw new IllegalArgumentException(
            "weight: %s (expected: above 0, at most 1)".formatted(weight));
      }
      sum += weight;
      least = Math.min(least, weight);
    }
    if (Math.abs(sum - 1) > 1e-6) {
      throw new IllegalArgumentException(
          "weights: %s, together %s (expected: together 1)".formatted(weights, sum));
    }
    return all * least < LEAST_UNITS
        ? new SampleRatio(units, true, 1, 1)
        : new SampleRatio(
            units, false, chiSquare(units, weights, all), anytime(units, weights, all));
  }

  private static double chiSquare(List<Long> units, List<Double> weights, long all) {
    double statistic = 0;
    for (int arm = 0; arm < units.size(); arm++) {
      double expected = all * weights.get(arm);
      double off = units.get(arm) - expected;
      statistic += off * off / expected;
    }
    return 1 - new ChiSquaredDistribution(units.size() - 1).cumulativeProbability(statistic);
  }

  private static double anytime(List<Long> units, List<Double> weights, long all) {
    double evidence = 0;
    for (double concentration : CONCENTRATIONS) {
      double log = Gamma.logGamma(concentration) - Gamma.logGamma(concentration + all);
      for (int arm = 0; arm < units.size(); arm++) {
        double prior = concentration * weights.get(arm);
        log +=
            Gamma.logGamma(prior + units.get(arm))
                - Gamma.logGamma(prior)
                - units.get(arm) * Math.log(weights.get(arm));
      }
      evidence += Math.exp(log) / CONCENTRATIONS.length;
    }
    return Math.min(1, 1 / evidence);
  }

  /** Whether counts are off; a sound experiment is ever flagged once in a thousand. */
  public boolean isMismatch() {
    return anytimeP < FLAGGED_BELOW;
  }
}
