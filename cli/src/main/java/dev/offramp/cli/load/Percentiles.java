package dev.offramp.cli.load;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Times of many calls, to three digits: how long so many percent of them took at most. Immutable.
 *
 * <p>A percentile is known once at least one call lies beyond it: p99 needs 100 calls. One that is
 * not known is NaN.
 */
public final class Percentiles {
  /** The percentiles that reports show. */
  public static final List<Double> SHOWN = List.of(50.0, 90.0, 99.0, 99.9);

  private static final long LOWEST_NANOS = 1;
  private static final long HIGHEST_NANOS = 2 * ArrivalPlan.MAX_DURATION.toNanos();
  private static final int DIGITS = 3;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double HUNDRED = 100;

  private final Histogram nanos;

  private Percentiles(Histogram nanos) {
    this.nanos = nanos;
  }

  /** Copies what was recorded. */
  static Percentiles of(AbstractHistogram recorded) {
    var copy = empty();
    copy.add(recorded);
    return new Percentiles(copy);
  }

  /** The calls of all of these. */
  static Percentiles of(List<Percentiles> parts) {
    var sum = empty();
    parts.forEach(part -> sum.add(part.nanos));
    return new Percentiles(sum);
  }

  /** A histogram to record nanoseconds in. */
  static Histogram empty() {
    return new Histogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
  }

  /** A time as a histogram can hold it. */
  static long recordable(long nanos) {
    return Math.clamp(nanos, 0, HIGHEST_NANOS);
  }

  /** How many calls there are. */
  public long count() {
    return nanos.getTotalCount();
  }

  /** The time that so many percent of the calls took at most, in milliseconds; NaN: not known. */
  public double millis(double percentile) {
    return isKnown(percentile)
        ? nanos.getValueAtPercentile(percentile) / NANOS_PER_MILLI
        : Double.NaN;
  }

  /** The same, where a percentile that is not known is the longest time. */
  public double millisOrMax(double percentile) {
    return isKnown(percentile) ? millis(percentile) : maxMillis();
  }

  /** The longest time, in milliseconds; NaN where there is no call. */
  public double maxMillis() {
    return count() == 0 ? Double.NaN : nanos.getMaxValue() / NANOS_PER_MILLI;
  }

  /** The mean, in milliseconds; NaN where there is no call. */
  public double meanMillis() {
    return count() == 0 ? Double.NaN : nanos.getMean() / NANOS_PER_MILLI;
  }

  /** For JSON: what is not known is null. */
  public Map<String, @Nullable Double> numbers() {
    var numbers = new LinkedHashMap<String, @Nullable Double>();
    numbers.put("p50Millis", finite(millis(50)));
    numbers.put("p90Millis", finite(millis(90)));
    numbers.put("p99Millis", finite(millis(99)));
    numbers.put("p999Millis", finite(millis(99.9)));
    numbers.put("maxMillis", finite(maxMillis()));
    numbers.put("meanMillis", finite(meanMillis()));
    return numbers;
  }

  /** All that reports show of it, in milliseconds: each of {@link #SHOWN}, then the longest. */
  public List<Double> shownMillis() {
    var shown = new ArrayList<Double>(SHOWN.stream().map(this::millis).toList());
    shown.add(maxMillis());
    return shown;
  }

  static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  /* Rounded, since 100 - 99.9 is not exactly a tenth. */
  private boolean isKnown(double percentile) {
    return Math.round(count() * (HUNDRED - percentile)) >= HUNDRED;
  }
}
