package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.ValueCounts;

/**
 * A quantile of one arm's observations. All intervals are exact, whatever the distribution; of two
 * arms each takes half of an error's probability.
 *
 * <p>Threading: immutable.
 *
 * @param values all observations, in buckets
 * @param p which quantile, within (0, 1)
 */
record QuantileSample(ValueCounts values, double p) implements Sample<QuantileSample> {

  @Override
  public long n() {
    return values.n();
  }

  @Override
  public double value() {
    return n() == 0 ? 0 : values.quantile(p);
  }

  @Override
  public Interval interval(double alpha) {
    return values.interval(p, alpha);
  }

  @Override
  public double less(QuantileSample first) {
    return value() - first.value();
  }

  @Override
  public Interval minus(QuantileSample first, double alpha) {
    return values.difference(first.values, p, alpha);
  }

  // An end of an interval at alpha is a bound to one side at half of it: what each arm takes.

  @Override
  public double lowerMinus(QuantileSample first, double alpha) {
    return interval(alpha).low() - first.interval(alpha).high();
  }

  @Override
  public double upperMinus(QuantileSample first, double alpha) {
    return interval(alpha).high() - first.interval(alpha).low();
  }
}
