package dev.offramp.server.experiment.ramp;

import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.analysis.Analysis;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What decides whether a ramp plan goes on.
 *
 * @param dwelled how long the experiment has run at its coverage
 * @param exposures those counted at this coverage, by arm
 * @param drifted names of tiers that arms have and whose certificates audits refute
 */
public record RampFacts(
    ExperimentStatus status,
    Duration dwelled,
    Analysis analysis,
    Map<String, Long> exposures,
    List<String> drifted) {
  /** Copies. */
  public RampFacts {
    exposures = Map.copyOf(exposures);
    drifted = List.copyOf(drifted);
  }
}
