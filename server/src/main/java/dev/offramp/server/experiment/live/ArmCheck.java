package dev.offramp.server.experiment.live;

import dev.offramp.model.tier.Tier;
import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ServedModel;

/** Whether what is served can answer as an experiment's arms say. */
final class ArmCheck {

  /**
   * Refuses an arm that cannot be applied, or is not certified where that is asked for.
   *
   * @param states what became of arms: those that were stopped need no longer be served
   * @throws Refusal which names the arm
   */
  static void require(Experiment experiment, ArmStates states, Catalog catalog) {
    ServedModel model = find("model", experiment.model(), "", catalog);
    for (Arm arm : experiment.arms()) {
      if (states.isStopped(arm.name())) {
        continue;
      }
      String field = "arms: %s: ".formatted(arm.name());
      switch (arm.treatment()) {
        case Treatment.ByTier(String name) -> requireTier(field, name, experiment, model);
        case Treatment.ByRule(var rule) -> {
          requireUncertified(field + "exit_rule", experiment);
          try {
            rule.requireFits(model.manifest().config().classes());
          } catch (IllegalArgumentException e) {
            throw Refusal.precondition(field + "exit_rule: " + e.getMessage());
          }
        }
        case Treatment.ByVersion(String version) -> {
          requireUncertified(field + "model_version", experiment);
          var _ = find(field + "model_version", experiment.model(), version, catalog);
        }
      }
    }
  }

  private static void requireTier(
      String field, String name, Experiment experiment, ServedModel model) {
    Tier tier =
        model
            .manifest()
            .tiers()
            .find(name)
            .orElseThrow(() ->
                Refusal.precondition(
                    "%stier: '%s' (known to %s: %s)"
                        .formatted(field, name, model.label(), model.manifest().tiers().names())));
    if (experiment.certified()
        && !name.equals(Tier.FULL)
        && tier.certificate().filter(model::honours).isEmpty()) {
      throw Refusal.precondition(
          "%stier: '%s' has no certificate that holds for %s (expected: one, since certified is set; calibrate what is served, or leave certified out)"
              .formatted(field, name, model.label()));
    }
  }

  private static void requireUncertified(String field, Experiment experiment) {
    if (experiment.certified()) {
      throw Refusal.precondition(
          field + ": has no certificate (expected: a certified tier, since certified is set)");
    }
  }

  private static ServedModel find(String field, String name, String version, Catalog catalog) {
    try {
      return catalog.find(name, version);
    } catch (Refusal e) {
      throw Refusal.precondition(field + ": " + e.getMessage());
    }
  }

  private ArmCheck() {}
}
