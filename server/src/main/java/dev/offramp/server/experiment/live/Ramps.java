package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.ramp.Dwell;
import dev.offramp.server.experiment.ramp.RampFacts;
import dev.offramp.server.experiment.ramp.RampProgress;
import dev.offramp.server.experiment.ramp.RampRule;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.Database;
import dev.offramp.server.experiment.state.Steps;
import dev.offramp.server.experiment.state.Steps.Step;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ServedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * How far ramp plans are: what {@link RampRule} decides by, put together.
 *
 * <p>Threading: safe for all threads.
 */
final class Ramps {

  private final Database database;
  private final Supplier<Catalog> catalog;
  private final RampClock clock;
  private volatile Predicate<AuditedTier> alarms = _ -> false;

  /**
   * Those in a database.
   *
   * @param catalog what is served
   */
  Ramps(Database database, Supplier<Catalog> catalog, LongSupplier nanoTime) {
    this.database = database;
    this.catalog = catalog;
    this.clock = new RampClock(nanoTime);
  }

  /** From now on heeds these alarms of tiers. */
  void heed(Predicate<AuditedTier> alarms) {
    this.alarms = alarms;
  }

  /** How far an experiment's plan is; empty if it has none, or has ended. */
  Optional<RampProgress> progress(ExperimentStatus status, Totals totals) {
    Experiment experiment = status.experiment();
    if (experiment.ramp().isEmpty() || status.state().isOver()) {
      return Optional.empty();
    }
    Step step = Steps.read(database, status.name());
    var seen = new HashMap<String, RampFacts.Seen>();
    for (Arm arm : experiment.arms()) {
      ArmTotals counted = totals.arm(arm.name());
      seen.put(
          arm.name(),
          new RampFacts.Seen(
              counted.count(Count.EXPOSURE) - step.before().getOrDefault(arm.name(), 0L),
              counted.units()));
    }
    Catalog served = catalog.get();
    return Optional.of(
        RampRule.decide(
            experiment.ramp().get(),
            new RampFacts(
                status,
                clock.dwelled(status.name(), status.version(), Dwell.of(step)),
                Analysis.of(
                    experiment,
                    status.arms(),
                    totals,
                    Analysis.layers(experiment, served),
                    Guardrail.DEFAULT_ALPHA),
                seen,
                drifted(status, served),
                ArmVersions.changed(status, served))));
  }

  /** Tiers of arms whose alarm stands; of an arm that is a version, any of that version's. */
  private List<String> drifted(ExperimentStatus status, Catalog served) {
    var tiers = new ArrayList<String>();
    for (Arm arm : status.experiment().arms()) {
      if (status.arms().isStopped(arm.name())) {
        continue;
      }
      Optional<ServedModel> model = ArmVersions.find(status.experiment(), arm, served);
      switch (arm.treatment()) {
        case Treatment.ByTier(String tier) ->
            model.filter(found -> isAlarmed(found, tier)).ifPresent(_ -> tiers.add(tier));
        case Treatment.ByVersion(String version) ->
            model.ifPresent(found ->
                found.manifest().tiers().names().stream()
                    .filter(tier -> isAlarmed(found, tier))
                    .forEach(tier -> tiers.add(tier + " of " + version)));
        case Treatment.ByRule _ -> {} // It promises nothing.
      }
    }
    return tiers;
  }

  private boolean isAlarmed(ServedModel model, String tier) {
    return alarms.test(new AuditedTier(model.name(), model.calibratedVersion(), tier));
  }
}
