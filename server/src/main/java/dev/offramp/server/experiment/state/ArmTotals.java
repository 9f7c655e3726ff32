package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.stats.ArmSums;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What happened in one arm so far.
 *
 * @param counts requests by kind
 * @param units units that were exposed
 * @param depths exposures by exit depth
 * @param latencies exposures by latency: a bucket's lowest value in microseconds
 * @param metrics by name; those measured count requests, those reported count units
 */
public record ArmTotals(
    Map<String, Long> counts,
    long units,
    SortedMap<Long, Long> depths,
    SortedMap<Long, Long> latencies,
    SortedMap<String, ArmSums> metrics) {

  /** Nothing happened yet: maps to be filled. */
  static ArmTotals none() {
    return new ArmTotals(new HashMap<>(), 0, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
  }

  /** The same with so many units. */
  ArmTotals withUnits(long exposed) {
    return new ArmTotals(counts, exposed, depths, latencies, metrics);
  }

  /** The sums of one metric; with what was known of units before, if it is one that is reported. */
  public ArmSums metric(String name) {
    return metrics.getOrDefault(name, ArmSums.NONE);
  }

  /** Requests of one kind. */
  public long count(String kind) {
    return counts.getOrDefault(kind, 0L);
  }
}
