package dev.offramp.server.experiment;

import java.time.Instant;
import java.util.Map;

/**
 * An experiment as it stands.
 *
 * @param version counts its changes, from 1
 * @param promotedArm empty unless it is promoted
 * @param arms what became of its arms
 */
public record ExperimentStatus(
    Experiment experiment,
    ExperimentState state,
    long version,
    String promotedArm,
    ArmStates arms,
    Instant created,
    Instant changed) {

  /** What a new definition begins as. */
  public static ExperimentStatus draft(Experiment experiment, Instant now) {
    return new ExperimentStatus(experiment, ExperimentState.DRAFT, 1, "", ArmStates.NONE, now, now);
  }

  /** One change later; its time is not before this one's, whatever clocks say. */
  public ExperimentStatus next(
      Experiment experiment, ExperimentState state, String promotedArm, Instant now) {
    return next(experiment, state, promotedArm, arms, now);
  }

  private ExperimentStatus next(
      Experiment experiment,
      ExperimentState state,
      String promotedArm,
      ArmStates arms,
      Instant now) {
    return new ExperimentStatus(
        experiment,
        state,
        version + 1,
        promotedArm,
        arms,
        created,
        now.isBefore(changed) ? changed : now);
  }

  /**
   * The same, running.
   *
   * @param versions that its arms have, by name
   */
  public ExperimentStatus started(Map<String, String> versions, Instant now) {
    return next(experiment, ExperimentState.RUNNING, "", arms.startedWith(versions), now);
  }

  /** The same without one of its arms; it has ended if nothing is left to be compared. */
  public ExperimentStatus without(String arm, Instant now) {
    ArmStates left = arms.without(arm);
    boolean comparable =
        experiment.arms().stream()
            .skip(1)
            .anyMatch(other -> other.weight() > 0 && !left.isStopped(other.name()));
    return next(experiment, comparable ? state : ExperimentState.STOPPED, promotedArm, left, now);
  }

  /** The experiment's name. */
  public String name() {
    return experiment.name();
  }
}
