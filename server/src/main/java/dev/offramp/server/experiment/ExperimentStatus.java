package dev.offramp.server.experiment;

import java.time.Instant;

/**
 * An experiment as it stands.
 *
 * @param version counts its changes, from 1
 * @param promotedArm empty unless it is promoted
 */
public record ExperimentStatus(
    Experiment experiment,
    ExperimentState state,
    long version,
    String promotedArm,
    Instant created,
    Instant changed) {

  /** What a new definition begins as. */
  public static ExperimentStatus draft(Experiment experiment, Instant now) {
    return new ExperimentStatus(experiment, ExperimentState.DRAFT, 1, "", now, now);
  }

  /** One change later; its time is not before this one's, whatever clocks say. */
  public ExperimentStatus next(
      Experiment experiment, ExperimentState state, String promotedArm, Instant now) {
    return new ExperimentStatus(
        experiment,
        state,
        version + 1,
        promotedArm,
        created,
        now.isBefore(changed) ? changed : now);
  }

  /** The experiment's name. */
  public String name() {
    return experiment.name();
  }
}
