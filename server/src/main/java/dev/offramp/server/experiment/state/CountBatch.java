package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.RequestIds;
import dev.offramp.server.experiment.TierAudits;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What has happened in a stretch of a journal, added up. Maps are sorted, so that replicas that
 * count at the same time take the same rows in the same order.
 */
public record CountBatch(
    SortedMap<Count, Long> counts,
    SortedMap<Bucket, Long> buckets,
    SortedMap<Measure, Sums> sums,
    SortedMap<ExposedUnit, Instant> units,
    List<Outcome> outcomes,
    SortedMap<AuditedTier, TierAudits> audits) {

  /**
   * Requests of one kind in an arm.
   *
   * @param kind such as {@link #EXPOSURE}
   * @param detail such as a tier; empty for none
   */
  public record Count(String experiment, String arm, String kind, String detail)
      implements Comparable<Count> {

    /** Answered as the arm says: {@value}. */
    public static final String EXPOSURE = "exposure";

    /** Of those, of units and ids that callers gave and that had been exposed before: {@value}. */
    public static final String REPEAT = "repeat";

    /** Run to full depth afterwards: {@value}. */
    public static final String AUDIT = "audit";

    /** Of those, labelled otherwise than by the full model: {@value}. */
    public static final String DISAGREEMENT = "disagreement";

    /** Held against the first arm on one text: {@value}. */
    public static final String PAIR = "pair";

    /** Of those, where this arm alone disagreed with the full model: {@value}. */
    public static final String PAIR_MORE = "pair_more";

    /** Of those, where the first arm alone did: {@value}. */
    public static final String PAIR_LESS = "pair_less";

    /** Exposed units, once the books are closed and there are no rows to be counted: {@value}. */
    static final String UNIT = "unit";

    @Override
    public int compareTo(Count other) {
      return compare(key(this), key(other));
    }

    private static String[] key(Count count) {
      return new String[] {count.experiment, count.arm, count.kind, count.detail};
    }
  }

  /** A bucket of a histogram. */
  public record Bucket(String experiment, String arm, String measure, long bucket)
      implements Comparable<Bucket> {

    /** Exit depths, counted from 1: {@value}. */
    public static final String EXIT_DEPTH = "exit_depth";

    /** From arrival to answer, in microseconds, a bucket's lowest value: {@value}. */
    public static final String LATENCY = "latency_us";

    @Override
    public int compareTo(Bucket other) {
      int order =
          compare(
              new String[] {experiment, arm, measure},
              new String[] {other.experiment, other.arm, other.measure});
      return order != 0 ? order : Long.compare(bucket, other.bucket);
    }
  }

  /** A metric of an arm. */
  public record Measure(String experiment, String arm, String metric)
      implements Comparable<Measure> {
    @Override
    public int compareTo(Measure other) {
      return compare(
          new String[] {experiment, arm, metric},
          new String[] {other.experiment, other.arm, other.metric});
    }
  }

  /** What means and variances are made of. */
  public record Sums(long n, double total, double totalOfSquares) {
    /** Of one value. */
    public static Sums of(double value) {
      return new Sums(1, value, value * value);
    }

    /** Of both. */
    public Sums plus(Sums other) {
      return new Sums(n + other.n, total + other.total, totalOfSquares + other.totalOfSquares);
    }
  }

  /** A unit that met an arm. */
  public record ExposedUnit(String experiment, String unit, String arm)
      implements Comparable<ExposedUnit> {

    /** Whether it is a request whose id says this: it was exposed when that id was made. */
    public boolean isSaidById() {
      return RequestIds.exposure(unit).equals(Optional.of(new RequestIds.Exposed(experiment, arm)));
    }

    @Override
    public int compareTo(ExposedUnit other) {
      return compare(
          new String[] {experiment, unit, arm},
          new String[] {other.experiment, other.unit, other.arm});
    }
  }

  private static int compare(String[] one, String[] other) {
    return Arrays.compare(one, other);
  }
}
