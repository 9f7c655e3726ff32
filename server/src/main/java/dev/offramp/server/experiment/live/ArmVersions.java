package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ServedModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/*
 * An arm names a tier, or a label, and what answers by it may become another version while the experiment
 * runs: a link is moved, a label is, tiers are calibrated anew. The arm is another one then, and its counts
 * are of both. Nobody can take them apart afterwards, so it is said, and a ramp does not go on from it; whether the experiment still
 * asks what it asked is for people to know.
 */

/** Which versions of a model an experiment's arms have. */
final class ArmVersions {

  /** By arm, as the catalog is; those that are not served are missing. */
  static Map<String, String> of(Experiment experiment, Catalog catalog) {
    var versions = new TreeMap<String, String>();
    for (Arm arm : experiment.arms()) {
      find(experiment, arm, catalog)
          .ifPresent(model -> versions.put(arm.name(), version(arm, model)));
    }
    return versions;
  }

  /* With what its tiers are, as far as the arm depends on it; a rule is the same whatever they are. */
  private static String version(Arm arm, ServedModel model) {
    return switch (arm.treatment()) {
      case Treatment.ByRule _ -> model.version();
      case Treatment.ByVersion _ -> model.calibratedVersion();
      case Treatment.ByTier(String tier) ->
          model.manifest().tiers().digest(tier).stream()
              .map(digest -> model.version() + "~" + digest)
              .findFirst()
              .orElse(model.version());
    };
  }

  /** The model that an arm has, if it is served. */
  static Optional<ServedModel> find(Experiment experiment, Arm arm, Catalog catalog) {
    String version =
        switch (arm.treatment()) {
          case Treatment.ByTier _, Treatment.ByRule _ -> "";
          case Treatment.ByVersion(String named) -> named;
        };
    try {
      return Optional.of(catalog.find(experiment.model(), version));
    } catch (Refusal e) {
      return Optional.empty(); // Models come and go.
    }
  }

  /** Arms that have another version than when the experiment was started, for people; one each. */
  static List<String> changed(ExperimentStatus status, Catalog catalog) {
    Map<String, String> now = of(status.experiment(), catalog);
    return status.arms().versions().entrySet().stream()
        .filter(then -> !status.arms().isStopped(then.getKey()))
        .flatMap(then ->
            Optional.ofNullable(now.get(then.getKey()))
                .flatMap(served -> changed(then.getKey(), then.getValue(), served))
                .stream())
        .toList();
  }

  private static Optional<String> changed(String arm, String then, String now) {
    String was = ServedModel.plainVersion(then);
    String is = ServedModel.plainVersion(now);
    if (!was.equals(is)) {
      return Optional.of(
          "arm %s has version %.20s, and had %.20s when the experiment was started"
              .formatted(arm, is, was));
    }
    // One that an older server started says nothing of tiers.
    return then.equals(now) || then.equals(was)
        ? Optional.empty()
        : Optional.of(
            "arm %s of version %.20s leaves elsewhere than when the experiment was started, since that was"
                    .formatted(arm, is)
                + " calibrated anew");
  }

  private ArmVersions() {}
}
