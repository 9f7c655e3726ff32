package dev.offramp.assignment;

import java.util.List;
import java.util.Optional;

/*
 * With coverage c, arm i owns the first c of its own run of buckets:
 *
 *   bucket 0                5000               10000
 *          |#####..........|#####..........|          two equal arms, c = 0.33
 *          |##########.....|##########.....|          c = 0.67
 *
 * Raising c lengthens every run at its open end, within what was the arm's from the beginning. So
 * units come in, and none of those already in changes its arm. Changing weights moves the borders,
 * and units with them: that is another experiment, with another salt.
 */

/**
 * Which arm of an experiment a unit gets.
 *
 * <p>A pure function of the unit's name and of what is given here: every replica and every client
 * agrees without talking. Arm {@code i} owns the buckets {@code [cum_i, cum_i + coverage * w_i)},
 * with {@code cum_i} the sum of the full weights before it, rounded to whole buckets.
 *
 * <p>Threading: immutable; {@link #arm} allocates nothing.
 */
public final class Assignment {
  /** What {@link #arm} says of a unit that is not in the experiment. */
  public static final int NONE = -1;

  private static final double SUM_TOLERANCE = 1e-6;

  private final String salt;
  private final List<Double> weights;
  private final double coverage;
  private final Optional<Namespace> namespace;
  private final int start;
  private final List<BucketRange> ranges;
  private final int[] from;
  private final int[] to;

  private Assignment(
      String salt, List<Double> weights, double coverage, Optional<Namespace> namespace) {
    this.salt = salt;
    this.weights = weights;
    this.coverage = coverage;
    this.namespace = namespace;
    this.start = UnitHash.start(salt);
    this.ranges = ranges(weights, coverage);
    this.from = ranges.stream().mapToInt(BucketRange::from).toArray();
    this.to = ranges.stream().mapToInt(BucketRange::to).toArray();
  }

  /**
   * An assignment of all units that {@code coverage} lets in.
   *
   * @param salt what keeps experiments apart; by it units fall independently of other experiments
   * @param weights one an arm, in the arms' order, together 1; one of 0 is for arms that only
   *     overrides reach
   * @param coverage the share of each arm's units that is in the experiment, 0 to 1
   */
  public static Assignment of(String salt, List<Double> weights, double coverage) {
    if (salt.isBlank()) {
      throw new IllegalArgumentException("salt: blank (expected: the experiment's own text)");
    }
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("weights: none (expected: one an arm)");
    }
    double sum = 0;
    for (double weight : weights) {
      if (weight != 0 && !(weight * UnitHash.BUCKETS >= 1 && weight <= 1)) {
        throw new IllegalArgumentException(
            "weight: %s (expected: 0, or 1/%d to 1)".formatted(weight, UnitHash.BUCKETS));
      }
      sum += weight;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw new IllegalArgumentException(
          "weights: %s, together %s (expected: together 1)".formatted(weights, sum));
    }
    return new Assignment(salt, List.copyOf(weights), requireCoverage(coverage), Optional.empty());
  }

  /**
   * The same, of units that {@code namespace} gives the experiment.
   *
   * @throws IllegalArgumentException if its seed is the salt: units in the namespace's range would
   *     then all fall into that range of the arms too
   */
  public Assignment within(Namespace namespace) {
    if (namespace.seed().equals(salt)) {
      throw new IllegalArgumentException(
          "namespace: %s, which is the experiment's salt too (expected: two different texts)"
              .formatted(salt));
    }
    return new Assignment(salt, weights, coverage, Optional.of(namespace));
  }

  /** The same with another coverage: raising it moves no unit from one arm to another. */
  public Assignment withCoverage(double coverage) {
    return new Assignment(salt, weights, requireCoverage(coverage), namespace);
  }

  private static double requireCoverage(double coverage) {
    if (!(coverage >= 0 && coverage <= 1)) {
      throw new IllegalArgumentException("coverage: %s (expected: 0 to 1)".formatted(coverage));
    }
    return coverage;
  }

  /** The index of the arm that {@code unit} gets, or {@link #NONE}. */
  public int arm(String unit) {
    if (namespace.isPresent() && !namespace.get().contains(unit)) {
      return NONE;
    }
    int bucket = UnitHash.bucket(start, unit);
    for (int arm = 0; arm < from.length; arm++) {
      if (bucket >= from[arm] && bucket < to[arm]) {
        return arm;
      }
    }
    return NONE;
  }

  /** The buckets of each arm, in the arms' order. */
  public List<BucketRange> ranges() {
    return ranges;
  }

  private static List<BucketRange> ranges(List<Double> weights, double coverage) {
    var ranges = new BucketRange[weights.size()];
    double sum = 0;
    int from = 0;
    for (int arm = 0; arm < ranges.length; arm++) {
      sum += weights.get(arm);
      int next = Math.min((int) Math.round(sum * UnitHash.BUCKETS), UnitHash.BUCKETS);
      int covered = (int) Math.round(coverage * (next - from));
      ranges[arm] = new BucketRange(from, from + covered);
      from = next;
    }
    return List.of(ranges);
  }
}
