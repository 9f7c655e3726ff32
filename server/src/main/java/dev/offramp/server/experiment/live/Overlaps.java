package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.refusal.Refusal;
import java.util.List;

/** Keeps experiments of one model apart: a request has one tier, so it is in one at most. */
final class Overlaps {

  /**
   * Refuses an experiment that a running one could share a request with.
   *
   * @throws Refusal which names the other
   */
  static void require(Experiment experiment, List<ExperimentStatus> all) {
    for (ExperimentStatus other : all) {
      if (other.state() == ExperimentState.RUNNING
          && !other.name().equals(experiment.name())
          && other.experiment().overlaps(experiment)) {
        throw Refusal.precondition(
            "namespace: %s overlaps with %s, which runs on %s too (expected: one namespace for both, ranges that do not overlap, and the same kind of unit)"
                .formatted(experiment.name(), other.name(), experiment.model()));
      }
    }
  }

  private Overlaps() {}
}
