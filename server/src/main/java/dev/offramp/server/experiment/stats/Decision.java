package dev.offramp.server.experiment.stats;

import java.util.OptionalLong;

/**
 * What follows from an interval that holds at every look; so it may be asked for at every look, and
 * what was once decided stands with the interval's confidence.
 *
 * @param verdict what is settled
 * @param stillNeeded how many more observations may settle it, while nothing is; empty if none ever
 *     would, or if it cannot be told yet. An approximation: the estimate stays what it is, and the
 *     interval narrows with one over the root of the observations
 */
public record Decision(Verdict verdict, OptionalLong stillNeeded) {

  /**
   * Decides.
   *
   * @param interval what the difference {@code arm - control} can be
   * @param estimate the difference observed
   * @param n observations behind it
   * @param margin the greatest difference, to either side, that does not matter; 0 if any does
   * @param goal which side is better
   */
  public static Decision of(Interval interval, double estimate, long n, double margin, Goal goal) {
    Checked.finite("estimate", estimate);
    Checked.count("n", n);
    Checked.notNegative("margin", margin);
    if (interval.low() > 0) {
      return settled(goal == Goal.HIGHER ? Verdict.BETTER : Verdict.WORSE);
    }
    if (interval.high() < 0) {
      return settled(goal == Goal.HIGHER ? Verdict.WORSE : Verdict.BETTER);
    }
    if (interval.low() > -margin && interval.high() < margin) {
      return settled(Verdict.NO_DIFFERENCE);
    }
    return new Decision(Verdict.KEEP_GOING, stillNeeded(interval, estimate, n, margin));
  }

  private static Decision settled(Verdict verdict) {
    return new Decision(verdict, OptionalLong.empty());
  }

  /* Narrow enough to leave 0 out, or to fit into the margin: whichever comes first. */
  private static OptionalLong stillNeeded(
      Interval interval, double estimate, long n, double margin) {
    double target = Math.max(Math.abs(estimate), margin - Math.abs(estimate));
    double width = interval.halfWidth();
    if (!(target > 0) || Double.isInfinite(width)) {
      return OptionalLong.empty();
    }
    double times = Math.pow(width / target, 2);
    return OptionalLong.of((long) Math.ceil(Math.max(1, n * times - n)));
  }
}
