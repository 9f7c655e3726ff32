package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.AuditedTier;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/*
 * Thousands of events become some hundred rows. Rows are sorted, and have keys of several texts; so they are
 * made in the end, and events only find their arm. Of units most are known: they are left out before
 * the others are sorted.
 *
 * Of exposures that say whose they are, one a unit is its first, and the others are repeats. Whether that one
 * is, of units that are not known here, the database finds out as it adds their rows.
 */

/**
 * Adds events up.
 *
 * <p>Threading: one thread.
 */
final class Tally {

  private record Place(String experiment, String arm) {}

  private final Map<Place, ArmTally> arms = new HashMap<>();

  /** When each was met first, in milliseconds since 1970. */
  private final Map<ExposedUnit, Long> units = new HashMap<>();

  private final List<Outcome> outcomes = new ArrayList<>();
  private final SortedMap<AuditedTier, TierAudits> audits = new TreeMap<>();

  private int events;

  /**
   * What all come to.
   *
   * @param known units that nobody has to be told of
   */
  CountBatch batch(Predicate<ExposedUnit> known) {
    var counts = new TreeMap<Count, Long>();
    var buckets = new TreeMap<Bucket, Long>();
    var sums = new TreeMap<Measure, Sums>();
    arms.forEach((place, arm) -> arm.write(place.experiment(), place.arm(), counts, buckets, sums));
    var met = new TreeMap<ExposedUnit, Instant>();
    units.forEach((unit, millis) -> {
      if (!known.test(unit)) {
        met.put(unit, Instant.ofEpochMilli(millis));
        if (!unit.isSaidById()) {
          counts.computeIfPresent(
              new Count(unit.experiment(), unit.arm(), Count.REPEAT, ""),
              (_, repeats) -> repeats == 1 ? null : repeats - 1);
        }
      }
    });
    return new CountBatch(counts, buckets, sums, met, outcomes, audits);
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
          of(experiment, arm).count(why.kind());
      case Event.Reported(Outcome outcome) -> add(outcome);
      case Event.TierAudited(AuditedTier tier, boolean disagreed) ->
          audits.merge(tier, TierAudits.of(disagreed), TierAudits::plus);
      case Event.ArmAudited(String experiment, String arm, boolean disagreed) -> {
        of(experiment, arm).count(Count.AUDIT);
        if (disagreed) {
          of(experiment, arm).count(Count.DISAGREEMENT);
        }
      }
      case Event.PairAudited(String experiment, String arm, int difference) -> {
        of(experiment, arm).count(Count.PAIR);
        if (difference != 0) {
          of(experiment, arm).count(difference > 0 ? Count.PAIR_MORE : Count.PAIR_LESS);
        }
      }
    }
  }

  private ArmTally of(String experiment, String arm) {
    return arms.computeIfAbsent(new Place(experiment, arm), _ -> new ArmTally());
  }

  private void add(Event.Exposed exposed) {
    ArmTally arm = of(exposed.experiment(), exposed.arm());
    arm.exposed(exposed.depth(), exposed.nanos());
    if (!exposed.unit().equals(Event.Exposed.SAID_BY_ID)) {
      arm.named();
      met(new ExposedUnit(exposed.experiment(), exposed.unit(), exposed.arm()), exposed.millis());
    }
  }

  private void add(Outcome outcome) {
    outcomes.add(outcome);
    if (outcome.kind() == UnitKind.REQUEST) {
      RequestIds.exposure(outcome.subject())
          .ifPresent(said ->
              met(
                  new ExposedUnit(said.experiment(), outcome.subject(), said.arm()),
                  outcome.at().toEpochMilli()));
    }
  }

  private void met(ExposedUnit unit, long millis) {
    units.merge(unit, millis, Math::min);
  }
}
