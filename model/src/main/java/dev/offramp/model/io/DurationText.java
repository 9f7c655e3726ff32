package dev.offramp.model.io;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Durations as people write them: {@code 500ms}, {@code 30s}, {@code 2m}, {@code 1h30m}, {@code
 * 30d}.
 */
public final class DurationText {

  /** What {@link #parse} takes, for messages. */
  public static final String EXPECTED = "500ms, 30s, 2m, 1h30m, 30d, or ISO 8601";

  private static final Pattern PARTS =
      Pattern.compile(
          "(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})(?:\\.(\\d{1,9}))?s)?(?:(\\d{1,9})ms)?");

  /* Of the longest, days, more would not fit a number of nanoseconds. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none, or longer than 292 years; the message has the
   *     text and what was expected
   */
  public static Duration parse(String text) {
    Matcher parts = PARTS.matcher(text.toLowerCase(Locale.ROOT));
    try {
      Duration duration =
          !text.isEmpty() && parts.matches()
              ? Duration.ofDays(part(parts, 1))
                  .plusHours(part(parts, 2))
                  .plusMinutes(part(parts, 3))
                  .plusSeconds(part(parts, 4))
                  .plusNanos(nanos(parts.group(5)))
                  .plusMillis(part(parts, 6))
              : Duration.parse(text);
      if (duration.abs().compareTo(LONGEST) <= 0) {
        return duration;
      }
    } catch (DateTimeException e) {
      // Said below, with what is expected.
    }
    throw new IllegalArgumentException(
        "'%s' is not a duration (expected: %s)".formatted(text, EXPECTED));
  }

  private static long part(Matcher parts, int group) {
    return parts.group(group) == null ? 0 : Long.parseLong(parts.group(group));
  }

  /* Of what stands behind the point of a second. */
  private static long nanos(@Nullable String decimals) {
    return decimals == null
        ? 0
        : new BigDecimal("0." + decimals).scaleByPowerOfTen(9).longValueExact();
  }

  /**
   * Writes one in the largest units that it has, {@code 30d}, {@code 1h30m}, {@code 1.5s}, {@code
   * 20ms}, {@code 0s}; what is below a millisecond in milliseconds, {@code 0.25ms}.
   */
  public static String format(Duration duration) {
    if (duration.isNegative()) {
      return "-" + format(duration.negated());
    }
    if (duration.isZero()) {
      return "0s";
    }
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      return decimal(duration.toNanos(), 1_000_000) + "ms";
    }
    var text = new StringBuilder();
    append(text, duration.toDaysPart(), "d");
    append(text, duration.toHoursPart(), "h");
    append(text, duration.toMinutesPart(), "m");
    long nanos = duration.toSecondsPart() * 1_000_000_000L + duration.toNanosPart();
    if (nanos > 0) {
      text.append(decimal(nanos, 1_000_000_000)).append('s');
    }
    return text.toString();
  }

  private static void append(StringBuilder text, long amount, String unit) {
    if (amount > 0) {
      text.append(amount).append(unit);
    }
  }

  private static String decimal(long nanos, long unit) {
    return BigDecimal.valueOf(nanos)
        .divide(BigDecimal.valueOf(unit))
        .stripTrailingZeros()
        .toPlainString();
  }

  private DurationText() {}
}
