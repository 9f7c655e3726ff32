package dev.offramp.server.experiment.stats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Observations such as latencies, counted in buckets: what a histogram of any kind holds.
 *
 * <p>Intervals are exact and hold at every look, for any distribution; values are known to within
 * their buckets, and intervals reach to the buckets' ends.
 *
 * <p>Threading: immutable.
 *
 * @param buckets by rising values, those without observations left out
 */
public record ValueCounts(List<Bucket> buckets) {
  /**
   * Observations within one bucket.
   *
   * @param low the least value that it holds
   * @param high the greatest
   * @param count how many there are
   */
  public record Bucket(double low, double high, long count) {
    /** Checks the ends and the count. */
    public Bucket {
      if (!(low <= high)) {
        throw new IllegalArgumentException(
            "bucket: %s to %s (expected: low <= high)".formatted(low, high));
      }
      Checked.count("count of a bucket", count);
    }
  }

  /** Sorts the buckets and checks that they do not overlap; equal ones are added. */
  public ValueCounts {
    var merged = new ArrayList<Bucket>();
    for (Bucket bucket :
        buckets.stream().sorted(Comparator.comparingDouble(Bucket::low)).toList()) {
      if (bucket.count() == 0) {
        continue;
      }
      Bucket last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && last.low() == bucket.low() && last.high() == bucket.high()) {
        merged.set(
            merged.size() - 1, new Bucket(last.low(), last.high(), last.count() + bucket.count()));
      } else if (last != null && bucket.low() <= last.high()) {
        throw new IllegalArgumentException(
            "buckets: %s and %s (expected: the same, or apart)".formatted(last, bucket));
      } else {
        merged.add(bucket);
      }
    }
    buckets = List.copyOf(merged);
  }

  /** Both together. */
  public ValueCounts plus(ValueCounts other) {
    var all = new ArrayList<>(buckets);
    all.addAll(other.buckets);
    return new ValueCounts(all);
  }

  /** How many observations there are. */
  public long n() {
    return buckets.stream().mapToLong(Bucket::count).sum();
  }

  /** The {@code p}-quantile of the observations, as the top of its bucket; NaN of none. */
  public double quantile(double p) {
    requireP(p);
    long n = n();
    return n == 0 ? Double.NaN : at(Math.clamp((long) Math.ceil(p * n), 1L, n)).high();
  }

  /** What the true {@code p}-quantile can be, at every look but with probability {@code alpha}. */
  public Interval interval(double p, double alpha) {
    long n = n();
    QuantileRanks ranks = QuantileRanks.of(n, requireP(p), alpha);
    return new Interval(
        ranks.lowest() < 1 ? Double.NEGATIVE_INFINITY : at(ranks.lowest()).low(),
        ranks.highest() > n ? Double.POSITIVE_INFINITY : at(ranks.highest()).high());
  }

  /**
   * What the true {@code p}-quantile less that of {@code other} can be, at every look but with
   * probability {@code alpha}; each side takes half of it.
   */
  public Interval difference(ValueCounts other, double p, double alpha) {
    return interval(p, alpha / 2).minus(other.interval(p, alpha / 2));
  }

  private Bucket at(long rank) {
    long seen = 0;
    for (Bucket bucket : buckets) {
      seen += bucket.count();
      if (seen >= rank) {
        return bucket;
      }
    }
    throw new IllegalArgumentException("rank: %d (expected: 1 to %d)".formatted(rank, seen));
  }

  private static double requireP(double p) {
    if (!(p > 0 && p < 1)) {
      throw new IllegalArgumentException("quantile: %s (expected: > 0 and < 1)".formatted(p));
    }
    return p;
  }
}
