package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.Metric.Bounds;
import dev.offramp.server.experiment.state.CountBatch.Sums;
import dev.offramp.server.experiment.stats.ArmSums;
import dev.offramp.server.experiment.stats.Betting;
import dev.offramp.server.experiment.stats.BoundedSums;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.MeanDifference;
import dev.offramp.server.experiment.stats.NormalMixture;
import java.util.Optional;

/**
 * The outcomes of one metric in one arm. Where bounds are known, intervals are exact; else, or if
 * the sums belie the bounds, as when several reports of a unit add up beyond them, they hold in the
 * limit.
 */
final class Sample {

  /** Outcomes within bounds, moved and scaled to [0, 1]. */
  private record Scaled(Bounds bounds, BoundedSums sums) {
    double width() {
      return bounds.max() - bounds.min();
    }

    double back(double share) {
      return bounds.min() + width() * share;
    }
  }

  private final Sums sums;
  private final Optional<Scaled> scaled;

  Sample(Sums sums, Optional<Bounds> bounds) {
    this.sums = sums;
    this.scaled = bounds.flatMap(within -> scale(sums, within));
  }

  private static Optional<Scaled> scale(Sums sums, Bounds bounds) {
    double min = bounds.min();
    double width = bounds.max() - min;
    double total = (sums.total() - sums.n() * min) / width;
    double squares =
        (sums.totalOfSquares() - 2 * min * sums.total() + sums.n() * min * min) / (width * width);
    try {
      return Optional.of(new Scaled(bounds, new BoundedSums(sums.n(), total, squares)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  long n() {
    return sums.n();
  }

  double mean() {
    return sums.n() == 0 ? 0 : sums.total() / sums.n();
  }

  /** What the true mean can be. */
  Interval interval(double alpha) {
    return scaled
        .map(sample -> {
          Interval shares = Betting.interval(sample.sums(), alpha);
          return new Interval(sample.back(shares.low()), sample.back(shares.high()));
        })
        .orElseGet(() -> asymptotic(alpha));
  }

  private Interval asymptotic(double alpha) {
    if (sums.n() < MeanDifference.LEAST_UNITS) {
      return Interval.ANY;
    }
    double mean = mean();
    double about = Math.max(0, sums.totalOfSquares() - sums.n() * mean * mean);
    double distance =
        Math.sqrt(about / (sums.n() - 1)) * new NormalMixture(alpha).twoSided(sums.n());
    return new Interval(mean - distance, mean + distance);
  }

  /** What the true mean less that of the first arm can be. */
  Interval minus(Sample first, double alpha) {
    return isExact(first)
        ? interval(alpha / 2).minus(first.interval(alpha / 2))
        : difference(first).interval(alpha);
  }

  /** A bound below which that difference never is, but with probability {@code alpha}. */
  double lowerMinus(Sample first, double alpha) {
    return isExact(first)
        ? lower(alpha / 2) - first.upper(alpha / 2)
        : difference(first).lower(alpha);
  }

  /** A bound above which that difference never is, but with probability {@code alpha}. */
  double upperMinus(Sample first, double alpha) {
    return isExact(first)
        ? upper(alpha / 2) - first.lower(alpha / 2)
        : difference(first).upper(alpha);
  }

  private boolean isExact(Sample first) {
    return scaled.isPresent() && first.scaled.isPresent();
  }

  private double lower(double alpha) {
    Scaled sample = scaled.orElseThrow();
    return sample.back(Betting.lower(sample.sums(), alpha));
  }

  private double upper(double alpha) {
    Scaled sample = scaled.orElseThrow();
    return sample.back(Betting.upper(sample.sums(), alpha));
  }

  private MeanDifference difference(Sample first) {
    return MeanDifference.of(first.armSums(), armSums());
  }

  private ArmSums armSums() {
    return ArmSums.of(sums.n(), sums.total(), sums.totalOfSquares());
  }
}
