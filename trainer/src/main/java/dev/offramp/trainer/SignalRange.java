package dev.offramp.trainer;

/**
 * The least and the greatest signal that was seen.
 *
 * @param low the least
 * @param high the greatest
 */
public record SignalRange(double low, double high) {
  /** Where thresholds are drawn from before any signal was seen: every signal lies in it. */
  public static final SignalRange UNIT = new SignalRange(0, 1);

  public SignalRange {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "range: [%s, %s] (expected: low <= high)".formatted(low, high));
    }
  }

  /** The smallest range that holds both. */
  SignalRange union(SignalRange other) {
    return new SignalRange(Math.min(low, other.low), Math.max(high, other.high));
  }

  /** The value at a share of the way from low to high. */
  double at(double share) {
    return low + share * (high - low);
  }
}
