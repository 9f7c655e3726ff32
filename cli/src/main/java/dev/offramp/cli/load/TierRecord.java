package dev.offramp.cli.load;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Counts the calls of one tier while a run lasts.
 *
 * <p>Threading: safe for all threads.
 */
final class TierRecord {
  private final String name;
  private final long deadlineNanos;
  private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
  private final Histogram latencyNanos = Percentiles.empty();
  private final Histogram serviceNanos = Percentiles.empty();
  private long planned;
  private long dropped;
  private long ended;
  private long good;
  private long cached;
  private long deadlineExits;
  private long exitDepths;
  private long layers;

  TierRecord(String name, long deadlineNanos) {
    this.name = name;
    this.deadlineNanos = deadlineNanos;
  }

  synchronized void planned() {
    planned++;
  }

  /** Of those planned. */
  synchronized void dropped() {
    dropped++;
  }

  synchronized void ended(Reply reply, long latency, long service) {
    ended++;
    outcomes.merge(reply.outcome(), 1L, Long::sum);
    if (reply.outcome() != Outcome.ANSWERED) {
      return;
    }
    latencyNanos.recordValue(Percentiles.recordable(latency));
    serviceNanos.recordValue(Percentiles.recordable(service));
    good += latency <= deadlineNanos ? 1 : 0;
    cached += reply.cached() ? 1 : 0;
    deadlineExits += reply.deadlineExit() ? 1 : 0;
    exitDepths += reply.exitDepth();
    layers += reply.layers();
  }

  /** What is known by now; a call that is outstanding counts as {@link Outcome#UNFINISHED}. */
  synchronized TierResult result() {
    var all = new EnumMap<Outcome, Long>(Outcome.class);
    all.putAll(outcomes);
    long unfinished = planned - dropped - ended;
    if (unfinished > 0) {
      all.put(Outcome.UNFINISHED, unfinished);
    }
    return new TierResult(
        name,
        planned,
        dropped,
        all,
        good,
        cached,
        deadlineExits,
        exitDepths,
        layers,
        Percentiles.of(latencyNanos),
        Percentiles.of(serviceNanos));
  }
}
