package dev.offramp.server.engine;

import dev.offramp.model.exit.ExitRule;

/**
 * One who waits for a text's answer: a rule that says where the text leaves for it, and a deadline.
 * Callers of the same text share its {@link Passage}.
 *
 * <p>A caller is told exactly once how it ended.
 *
 * <p>Threading: {@link #abandon} may be called by any thread.
 */
public final class Caller {

  private final ExitRule rule;
  private final long deadlineNanos;
  private final Passage.Listener listener;
  private volatile boolean abandoned;

  /**
   * A caller.
   *
   * @param deadlineNanos on the engine's clock, when the answer is of no more use, or {@link
   *     Passage#NO_DEADLINE}
   */
  public Caller(ExitRule rule, long deadlineNanos, Passage.Listener listener) {
    this.rule = rule;
    this.deadlineNanos = deadlineNanos;
    this.listener = listener;
  }

  /** Gives up: once nobody else waits for the text, no further layer is run for it. */
  public void abandon() {
    abandoned = true;
  }

  ExitRule rule() {
    return rule;
  }

  Passage.Listener listener() {
    return listener;
  }

  boolean isAbandoned() {
    return abandoned;
  }

  boolean hasDeadline() {
    return deadlineNanos != Passage.NO_DEADLINE;
  }

  /** Whether the deadline has come by some time; clocks may have passed their largest number. */
  boolean isDue(long nanos) {
    return hasDeadline() && nanos - deadlineNanos >= 0;
  }
}
