package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.stats.ValueCounts;
import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Latencies in buckets that are the same for all replicas and all times, so that histograms add up:
 * those of HdrHistogram with two significant digits, from a microsecond to an hour.
 */
public final class Latencies {

  private static final int DIGITS = 2;
  private static final long MOST_MICROS = Duration.ofHours(1).toNanos() / 1_000;

  /** Asked for its buckets only. */
  private static final Histogram SHAPE = new Histogram(MOST_MICROS, DIGITS);

  /** The lowest value of the bucket that a latency falls into, in microseconds. */
  static long bucket(long micros) {
    return SHAPE.lowestEquivalentValue(Math.clamp(micros, 0, MOST_MICROS));
  }

  /**
   * The latency that a share of all does not pass.
   *
   * @param buckets how often by bucket, not empty
   * @param quantile within 0 to 1
   */
  public static Duration quantile(Map<Long, Long> buckets, double quantile) {
    var histogram = new Histogram(MOST_MICROS, DIGITS);
    buckets.forEach(histogram::recordValueWithCount);
    return Duration.ofNanos(1_000 * histogram.getValueAtPercentile(100 * quantile));
  }

  /** The same as counts by bucket, in milliseconds. */
  public static ValueCounts millis(Map<Long, Long> buckets) {
    return new ValueCounts(
        buckets.entrySet().stream()
            .map(bucket ->
                new ValueCounts.Bucket(
                    bucket.getKey() / 1e3,
                    SHAPE.highestEquivalentValue(bucket.getKey()) / 1e3,
                    bucket.getValue()))
            .toList());
  }

  private Latencies() {}
}
