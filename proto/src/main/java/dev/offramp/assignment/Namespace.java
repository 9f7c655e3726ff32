package dev.offramp.assignment;

/**
 * The part of all units that an experiment may take. Experiments with the same seed and ranges that
 * do not overlap never share a unit.
 *
 * @param seed the namespace's name, hashed apart from any experiment's salt
 * @param range the buckets of that hash which belong to the experiment
 */
public record Namespace(String seed, BucketRange range) {
  /** Checks that there is a name and that any unit can be in. */
  public Namespace {
    if (seed.isBlank()) {
      throw new IllegalArgumentException("namespace: blank (expected: a name)");
    }
    if (range.size() == 0) {
      throw new IllegalArgumentException(
          "range of namespace %s: %d to %d (expected: at least one bucket of %d)"
              .formatted(seed, range.from(), range.to(), UnitHash.BUCKETS));
    }
  }

  /** Whether {@code unit} belongs to the experiment. */
  public boolean contains(String unit) {
    return range.contains(UnitHash.bucket(seed, unit));
  }

  /** Whether a unit could be in both. */
  public boolean overlaps(Namespace other) {
    return !seed.equals(other.seed) || range.overlaps(other.range);
  }
}
