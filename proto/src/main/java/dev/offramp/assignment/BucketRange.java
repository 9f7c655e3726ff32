package dev.offramp.assignment;

/**
 * A run of buckets of {@link UnitHash}.
 *
 * @param from the first bucket
 * @param to the bucket after the last, at most {@link UnitHash#BUCKETS}; {@code from} for none
 */
public record BucketRange(int from, int to) {
  /** Checks the order and the ends. */
  public BucketRange {
    if (from < 0 || to < from || to > UnitHash.BUCKETS) {
      throw new IllegalArgumentException(
          "buckets: %d to %d (expected: 0 <= from <= to <= %d)"
              .formatted(from, to, UnitHash.BUCKETS));
    }
  }

  /**
   * The buckets from one share of all units to another, such as 0 to 0.5; ends are rounded to whole
   * buckets.
   */
  public static BucketRange ofShares(double from, double to) {
    if (!(from >= 0 && from <= to && to <= 1)) {
      throw new IllegalArgumentException(
          "range: %s to %s (expected: shares, 0 <= from <= to <= 1)".formatted(from, to));
    }
    return new BucketRange(
        (int) Math.round(from * UnitHash.BUCKETS), (int) Math.round(to * UnitHash.BUCKETS));
  }

  /** Whether {@code bucket} is one of them. */
  public boolean contains(int bucket) {
    return bucket >= from && bucket < to;
  }

  /** Whether any bucket is in both. */
  public boolean overlaps(BucketRange other) {
    return Math.max(from, other.from) < Math.min(to, other.to);
  }

  /** How many buckets there are. */
  public int size() {
    return to - from;
  }
}
