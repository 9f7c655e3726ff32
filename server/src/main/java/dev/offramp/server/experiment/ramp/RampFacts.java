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
 * @param seen what there is to judge arms by, by arm
 * @param drifted names of tiers that arms have and whose certificates audits refute
 * @param changed arms that have another version than when the experiment was started, for people
 */
public record RampFacts(
    ExperimentStatus status,
    Duration dwelled,
    Analysis analysis,
    Map<String, Seen> seen,
    List<String> drifted,
    List<String> changed) {

  /**
   * What there is to judge an arm by.
   *
   * @param exposures those counted at this coverage
   * @param units those of all of its exposures
   */
  public record Seen(long exposures, long units) {
    static final Seen NOTHING = new Seen(0, 0);

    /** What there is less of. */
    long least() {
      return Math.min(exposures, units);
    }
  }

  /** Copies. */
  public RampFacts {
    seen = Map.copyOf(seen);
    drifted = List.copyOf(drifted);
    changed = List.copyOf(changed);
  }
}
