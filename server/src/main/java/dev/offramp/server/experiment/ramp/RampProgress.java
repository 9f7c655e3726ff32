package dev.offramp.server.experiment.ramp;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How far a ramp plan is.
 *
 * @param next the coverage that comes next; empty behind the last step, and off the plan
 * @param dwelled how long the experiment has run at its coverage
 * @param hold what holds it; empty but where it is {@link State#HELD}
 * @param reason for people: why it is where it is
 */
public record RampProgress(
    State state, OptionalDouble next, Duration dwelled, Optional<Hold> hold, String reason) {

  /** Where a plan is. */
  public enum State {
    /** The step has not lasted long enough. */
    WAITING,
    /** The step has lasted long enough, and something is in the way. */
    HELD,
    /** The next step is due. */
    DUE,
    /** The experiment does not run, or its coverage is no step of the plan. */
    SUSPENDED,
    /** The last step is reached. */
    DONE
  }

  /** What can be in the way. */
  public enum Hold {
    /** An arm is worse than the first by a metric or guardrail. */
    WORSE,
    /** Arms did not get their shares of units. */
    SAMPLE_RATIO,
    /** Audits refute the certificate of a tier that an arm has. */
    DRIFT,
    /** An arm has another version of the model than when the experiment was started. */
    MODEL_CHANGED,
    /** Nothing can be said of this step yet. */
    FEW_EXPOSURES
  }
}
