package dev.offramp.server.admin;

import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.stats.Interval;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final String UNKNOWN = "–";

  private Numbers() {}

  /** Three significant digits, a true minus sign. */
  static String of(double value) {
    if (!Double.isFinite(value)) {
      return UNKNOWN;
    }
    double size = Math.abs(value);
    int decimals =
        size == 0 || size >= 100 ? 0 : Math.clamp(2 - (int) Math.floor(Math.log10(size)), 0, 6);
    return fixed(value, decimals);
  }

  /** So many decimals, a true minus sign. */
  static String fixed(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value).replace('-', '\u2212');
  }

  static String percent(double share) {
    return Double.isFinite(share) ? of(100 * share) + " %" : UNKNOWN;
  }

  static String times(double factor) {
    return Double.isFinite(factor) ? String.format(Locale.ROOT, "%.2f×", factor) : UNKNOWN;
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** {@code 3.53 (2.56 to 5.66)}. */
  static String of(Estimate estimate) {
    return of(estimate.value()) + " (" + of(estimate.interval()) + ")";
  }

  static String of(Interval interval) {
    return of(interval.low()) + " to " + of(interval.high());
  }

  /** A share and what it can be, as percent. */
  static Estimate inPercent(double share, Interval interval) {
    return new Estimate(100 * share, new Interval(100 * interval.low(), 100 * interval.high()));
  }

  static String percent(Interval interval) {
    return of(100 * interval.low()) + " to " + of(100 * interval.high());
  }

  static String bytes(long bytes) {
    return bytes < 1 << 20 ? count(bytes >> 10) + " KiB" : of(bytes / 1048576.0) + " MiB";
  }

  static String millis(Duration duration) {
    return of(duration.toNanos() / 1e6) + " ms";
  }

  static String time(Instant at) {
    return MINUTE.format(at);
  }
}
