package dev.offramp.server.experiment.ramp;

import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.state.Steps.Step;
import java.time.Duration;
import java.time.Instant;

/** How long an experiment has run at its coverage, from the log of its changes. */
public final class Dwell {

  /** Time at the present coverage, without that in which the experiment rested. */
  public static Duration of(Step step) {
    Duration dwelled = Duration.ZERO;
    Instant until = step.now();
    for (AuditEntry entry : step.log()) {
      var after = entry.after();
      if (after.experiment().coverage() != step.log().getFirst().after().experiment().coverage()) {
        break;
      }
      if (after.changed().isBefore(until)) {
        if (after.state() == ExperimentState.RUNNING) {
          dwelled = dwelled.plus(Duration.between(after.changed(), until));
        }
        until = after.changed();
      }
    }
    return dwelled;
  }

  private Dwell() {}
}
