package dev.offramp.server.experiment.stats;

/**
 * The values that are still possible.
 *
 * @param low the least; minus infinity where nothing is known
 * @param high the greatest, at least {@code low}; infinity where nothing is known
 */
public record Interval(double low, double high) {
  /** Nothing is known. */
  public static final Interval ANY =
      new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  /** Checks the order. */
  public Interval {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "interval: %s to %s (expected: low <= high, none NaN)".formatted(low, high));
    }
  }

  /** Whether {@code value} is possible. */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }

  /** Half the distance from end to end. */
  public double halfWidth() {
    return (high - low) / 2;
  }

  /**
   * What this minus {@code other} can be where each holds with all but half of the error
   * probability that the difference may have.
   */
  public Interval minus(Interval other) {
    return new Interval(low - other.high, high - other.low);
  }
}
