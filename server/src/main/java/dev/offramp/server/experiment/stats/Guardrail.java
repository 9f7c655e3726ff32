package dev.offramp.server.experiment.stats;

/**
 * A one-sided test, at every look, that an arm does no more harm than is allowed.
 *
 * @param limit the most harm allowed, in the metric's units; 0 for none
 * @param alpha the probability with which an arm that keeps the limit is ever stopped
 * @param goal which side of the metric is better: harm is a difference to the other side
 */
public record Guardrail(double limit, double alpha, Goal goal) {
  /** The usual level. */
  public static final double DEFAULT_ALPHA = 0.05;

  /** Checks the limit and the level. */
  public Guardrail {
    Checked.notNegative("harm limit", limit);
    Checked.alpha(alpha);
  }

  /** What is known of an arm. */
  public enum State {
    /** The arm does more harm than allowed: it is to be stopped. */
    BROKEN,
    /** The arm does no more harm than allowed. */
    KEPT,
    /** Neither is sure. */
    OPEN
  }

  /** Judges a difference between arms whose units were split. */
  public State judge(MeanDifference difference) {
    return judge(difference.lower(alpha), difference.upper(alpha));
  }

  /**
   * Judges a difference {@code arm - control} of any metric by its bounds.
   *
   * @param lower a bound from below that holds at every look but with probability {@code alpha}
   * @param upper a bound from above, likewise
   */
  public State judge(double lower, double upper) {
    double leastHarm = goal == Goal.LOWER ? lower : -upper;
    double mostHarm = goal == Goal.LOWER ? upper : -lower;
    if (leastHarm > limit) {
      return State.BROKEN;
    }
    return mostHarm <= limit ? State.KEPT : State.OPEN;
  }
}
