package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.RequestIds;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.state.CountBatch;
import dev.offramp.server.experiment.state.CountBatch.Bucket;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.CountBatch.ExposedUnit;
import dev.offramp.server.experiment.state.CountBatch.Measure;
import dev.offramp.server.experiment.state.CountBatch.Sums;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Adds events up. */
final class Tally {

  private final SortedMap<Count, Long> counts = new TreeMap<>();
  private final SortedMap<Bucket, Long> buckets = new TreeMap<>();
  private final SortedMap<Measure, Sums> sums = new TreeMap<>();
  private final SortedMap<ExposedUnit, Instant> units = new TreeMap<>();
  private final List<Outcome> outcomes = new ArrayList<>();
  private final SortedMap<AuditedTier, TierAudits> audits = new TreeMap<>();

  private int events;

  /** What all come to. */
  CountBatch batch() {
    return new CountBatch(counts, buckets, sums, units, outcomes, audits);
  }

  /** How many there are. */
  int events() {
    return events;
  }

  /** Adds one. */
  void add(Event event) {
    events++;
    switch (event) {
      case Event.Exposed exposed -> add(exposed);
      case Event.NotApplied(String experiment, String arm, Event.Why why) ->
          count(experiment, arm, why.kind());
      case Event.Reported(Outcome outcome) -> add(outcome);
      case Event.TierAudited(AuditedTier tier, boolean disagreed) ->
          audits.merge(tier, TierAudits.of(disagreed), TierAudits::plus);
      case Event.ArmAudited(String experiment, String arm, boolean disagreed) -> {
        count(experiment, arm, Count.AUDIT);
        if (disagreed) {
          count(experiment, arm, Count.DISAGREEMENT);
        }
      }
      case Event.PairAudited(String experiment, String arm, int difference) -> {
        count(experiment, arm, Count.PAIR);
        if (difference != 0) {
          count(experiment, arm, difference > 0 ? Count.PAIR_MORE : Count.PAIR_LESS);
        }
      }
    }
  }

  private void count(String experiment, String arm, String kind) {
    counts.merge(new Count(experiment, arm, kind, ""), 1L, Long::sum);
  }

  private void add(Event.Exposed exposed) {
    String experiment = exposed.experiment();
    String arm = exposed.arm();
    count(experiment, arm, Count.EXPOSURE);
    buckets.merge(new Bucket(experiment, arm, Bucket.EXIT_DEPTH, exposed.depth()), 1L, Long::sum);
    buckets.merge(
        new Bucket(experiment, arm, Bucket.LATENCY, Latencies.bucket(exposed.nanos() / 1_000)),
        1L,
        Long::sum);
    sums.merge(
        new Measure(experiment, arm, Metric.LATENCY), Sums.of(exposed.nanos() / 1e6), Sums::plus);
    sums.merge(
        new Measure(experiment, arm, Metric.EXIT_DEPTH), Sums.of(exposed.depth()), Sums::plus);
    if (!exposed.unit().equals(Event.Exposed.SAID_BY_ID)) {
      met(new ExposedUnit(experiment, exposed.unit(), arm), Instant.ofEpochMilli(exposed.millis()));
    }
  }

  private void add(Outcome outcome) {
    outcomes.add(outcome);
    if (outcome.kind() == UnitKind.REQUEST) {
      RequestIds.exposure(outcome.subject())
          .ifPresent(said ->
              met(new ExposedUnit(said.experiment(), outcome.subject(), said.arm()), outcome.at()));
    }
  }

  private void met(ExposedUnit unit, Instant at) {
    units.merge(unit, at, (one, other) -> one.isBefore(other) ? one : other);
  }
}
