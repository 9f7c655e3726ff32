package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.Metric.Bounds;
import dev.offramp.server.experiment.stats.ArmSums;
import dev.offramp.server.experiment.stats.Betting;
import dev.offramp.server.experiment.stats.BoundedSums;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.MeanDifference;
import dev.offramp.server.experiment.stats.NormalMixture;
import java.util.Optional;

/**
 * The mean of one arm's outcomes. Where bounds are known, intervals are exact; else, or if the sums
 * belie the bounds, as when several reports of a unit add up beyond them, they hold in the limit,
 * and what was known of the units before is taken out of differences.
 *
 * <p>Threading: immutable.
 */
final class MeanSample implements Sample<MeanSample> {

  /** Outcomes within bounds, moved and scaled to [0, 1]. */
  private record Scaled(Bounds bounds, BoundedSums sums) {
    double width() {
      return bounds.max() - bounds.min();
    }

    double back(double share) {
      return bounds.min() + width() * share;
    }
  }

  private final ArmSums sums;
  private final Optional<Scaled> scaled;

  MeanSample(ArmSums sums, Optional<Bounds> bounds) {
    this.sums = sums;
    this.scaled = bounds.flatMap(within -> scale(sums, within));
  }

  private static Optional<Scaled> scale(ArmSums sums, Bounds bounds) {
    double min = bounds.min();
    double width = bounds.max() - min;
    double total = (sums.y() - sums.n() * min) / width;
    double squares = (sums.yy() - 2 * min * sums.y() + sums.n() * min * min) / (width * width);
    try {
      return Optional.of(new Scaled(bounds, new BoundedSums(sums.n(), total, squares)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public long n() {
    return sums.n();
  }

  @Override
  public double value() {
    return sums.mean();
  }

  @Override
  public Interval interval(double alpha) {
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
    double mean = value();
    double about = Math.max(0, sums.yy() - sums.n() * mean * mean);
    double distance =
        Math.sqrt(about / (sums.n() - 1)) * new NormalMixture(alpha).twoSided(sums.n());
    return new Interval(mean - distance, mean + distance);
  }

  @Override
  public double less(MeanSample first) {
    return isExact(first) ? value() - first.value() : difference(first).estimate();
  }

  @Override
  public double explained(MeanSample first) {
    return isExact(first) ? 0 : difference(first).explained();
  }

  @Override
  public Interval minus(MeanSample first, double alpha) {
    return isExact(first)
        ? interval(alpha / 2).minus(first.interval(alpha / 2))
        : difference(first).interval(alpha);
  }

  @Override
  public double lowerMinus(MeanSample first, double alpha) {
    return isExact(first)
        ? lower(alpha / 2) - first.upper(alpha / 2)
        : difference(first).lower(alpha);
  }

  @Override
  public double upperMinus(MeanSample first, double alpha) {
    return isExact(first)
        ? upper(alpha / 2) - first.lower(alpha / 2)
        : difference(first).upper(alpha);
  }

  private boolean isExact(MeanSample first) {
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

  private MeanDifference difference(MeanSample first) {
    return MeanDifference.of(first.sums, sums);
  }
}
