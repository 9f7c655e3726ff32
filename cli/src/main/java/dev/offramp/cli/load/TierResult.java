package dev.offramp.cli.load;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of the calls of one tier, or of all.
 *
 * @param name the tier's name
 * @param planned calls that were due
 * @param dropped of those the calls that the generator did not send: too many were outstanding, or
 *     it was too late for them
 * @param outcomes how many of those sent ended how; outcomes that did not occur are left out
 * @param good answers that came within the deadline, counted from when their call was due
 * @param cached answers of stored traces
 * @param deadlineExits answers that are the deepest the deadline left time for
 * @param exitDepths the sum of answers' exit depths, cached ones included
 * @param layers the sum of the layers that their models have
 * @param latency answers: from when their call was due
 * @param service answers: from when their call was sent
 */
public record TierResult(
    String name,
    long planned,
    long dropped,
    Map<Outcome, Long> outcomes,
    long good,
    long cached,
    long deadlineExits,
    long exitDepths,
    long layers,
    Percentiles latency,
    Percentiles service) {

  /** The name of the sum over all tiers. */
  public static final String ALL = "all";

  public TierResult {
    outcomes = Map.copyOf(outcomes);
  }

  /** The sum over tiers. */
  static TierResult all(List<TierResult> tiers) {
    var outcomes = new EnumMap<Outcome, Long>(Outcome.class);
    tiers.forEach(tier ->
        tier.outcomes.forEach((outcome, count) -> outcomes.merge(outcome, count, Long::sum)));
    return new TierResult(
        ALL,
        tiers.stream().mapToLong(TierResult::planned).sum(),
        tiers.stream().mapToLong(TierResult::dropped).sum(),
        outcomes,
        tiers.stream().mapToLong(TierResult::good).sum(),
        tiers.stream().mapToLong(TierResult::cached).sum(),
        tiers.stream().mapToLong(TierResult::deadlineExits).sum(),
        tiers.stream().mapToLong(TierResult::exitDepths).sum(),
        tiers.stream().mapToLong(TierResult::layers).sum(),
        Percentiles.of(tiers.stream().map(TierResult::latency).toList()),
        Percentiles.of(tiers.stream().map(TierResult::service).toList()));
  }

  /** Calls that were sent. */
  public long sent() {
    return planned - dropped;
  }

  /** How many calls ended so. */
  public long count(Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /** Calls that failed for another reason than overload and time. */
  public long failed() {
    return failures().values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many calls failed for each such reason, in the order of {@link Outcome}. */
  public Map<Outcome, Long> failures() {
    var failures = new TreeMap<Outcome, Long>(outcomes);
    failures.keySet().removeIf(outcome -> !outcome.isFailure());
    return failures;
  }

  /** The mean exit depth of answers, in layers; NaN without one. */
  public double meanExitDepth() {
    return (double) exitDepths / count(Outcome.ANSWERED);
  }

  /** Layers of the full models over layers executed, summed over answers; NaN without one. */
  public double layerSpeedup() {
    return (double) layers / exitDepths;
  }
}
