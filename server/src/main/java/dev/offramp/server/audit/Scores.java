package dev.offramp.server.audit;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.tier.Tier;
import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.registry.ServedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/*
 * A trace with all exits says where the text leaves by any rule, and so what every tier would have
 * answered: one audit scores all tiers, on the same text. The same goes for an experiment's arms that
 * are tiers or rules of the model that answered; so each audit of any of its arms compares all of
 * them, in pairs with the first. An arm that is another version has a score of its own only.
 */

/** What one full trace says of tiers and arms. */
final class Scores {

  /**
   * Scores a text.
   *
   * @param trace to the last exit, with the logits of all exits
   * @param model which answered
   */
  static List<Event> of(Trace trace, ServedModel model, Optional<Exposure> exposure) {
    var events = new ArrayList<Event>();
    for (Tier tier : model.manifest().tiers().tiers()) {
      events.add(
          new Event.TierAudited(
              new AuditedTier(model.name(), model.calibratedVersion(), tier.name()),
              disagrees(trace, tier.rule())));
    }
    exposure.ifPresent(part -> addArms(trace, model, part, events));
    return events;
  }

  private static void addArms(
      Trace trace, ServedModel model, Exposure exposure, List<Event> events) {
    String experiment = exposure.experiment().name();
    events.add(
        new Event.ArmAudited(experiment, exposure.arm().name(), disagrees(trace, exposure.rule())));
    if (exposure.arm().treatment() instanceof Treatment.ByVersion) {
      return;
    }
    List<Arm> arms = exposure.experiment().arms();
    Optional<ExitRule> first = rule(arms.getFirst(), model);
    if (first.isEmpty()) {
      return;
    }
    int firstLoss = loss(trace, first.get());
    for (Arm arm : arms.subList(1, arms.size())) {
      rule(arm, model)
          .ifPresent(rule ->
              events.add(
                  new Event.PairAudited(experiment, arm.name(), loss(trace, rule) - firstLoss)));
    }
  }

  /** The rule by which this model would answer as an arm says; empty if it could not. */
  private static Optional<ExitRule> rule(Arm arm, ServedModel model) {
    return switch (arm.treatment()) {
      case Treatment.ByTier(String name) -> model.manifest().tiers().find(name).map(Tier::rule);
      case Treatment.ByRule(ExitRule rule) -> {
        try {
          rule.requireFits(model.manifest().config().classes());
          yield Optional.of(rule);
        } catch (IllegalArgumentException e) {
          yield Optional.empty();
        }
      }
      case Treatment.ByVersion _ -> Optional.empty();
    };
  }

  private static int loss(Trace trace, ExitRule rule) {
    return disagrees(trace, rule) ? 1 : 0;
  }

  private static boolean disagrees(Trace trace, ExitRule rule) {
    int depth = trace.exit(rule).orElseThrow().depth();
    return trace.label(depth) != trace.label(trace.layers());
  }

  private Scores() {}
}
