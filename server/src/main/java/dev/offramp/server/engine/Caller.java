package dev.offramp.server.engine;

import dev.offramp.model.exit.ExitRule;
import java.util.concurrent.Executor;

/**
 * One who waits for a text's answer: a rule that says where the text leaves for it, and a deadline.
 * Callers of the same text share its {@link Passage}.
 *
 * <p>A caller is told exactly once how it ended.
 *
 * <p>Threading: {@link #abandon} may be called by any thread.
 */
public final class Caller {

  /**
   * Learns how a caller's wait ended. Called by the caller's executor, or, where that is none, on a
   * worker, which it holds up: return soon.
   */
  public interface Listener {

    /** The text left. */
    void onDeparture(Departure departure);

    /** The deadline came before the first exit. */
    default void onExpired() {
      onAbandoned();
    }

    /** The caller had given up. */
    void onAbandoned();

    /** The engine failed: a {@link BatchFailure}. */
    void onFailure(Throwable cause);
  }

  /** The deadline of those that have none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** The worker itself. */
  public static final Executor WORKER = Runnable::run;

  private final ExitRule rule;
  private final long deadlineNanos;
  private final Listener listener;
  private final Executor executor;
  private volatile boolean abandoned;

  /**
   * A caller.
   *
   * @param deadlineNanos on the engine's clock, when the answer is of no more use, or {@link
   *     #NO_DEADLINE}
   */
  public Caller(ExitRule rule, long deadlineNanos, Listener listener) {
    this(rule, deadlineNanos, listener, WORKER);
  }

  /**
   * A caller whose listener is called elsewhere.
   *
   * @param executor calls the listener, unless it is closed; those of one executor and one batch
   *     are told in one task, so equal executors are to be equal
   */
  public Caller(ExitRule rule, long deadlineNanos, Listener listener, Executor executor) {
    this.rule = rule;
    this.deadlineNanos = deadlineNanos;
    this.listener = listener;
    this.executor = executor;
  }

  /** Gives up: once nobody else waits for the text, no further layer is run for it. */
  public void abandon() {
    abandoned = true;
  }

  Executor executor() {
    return executor;
  }

  ExitRule rule() {
    return rule;
  }

  Listener listener() {
    return listener;
  }

  boolean isAbandoned() {
    return abandoned;
  }

  boolean hasDeadline() {
    return deadlineNanos != NO_DEADLINE;
  }

  /** Whether the deadline has come by some time; clocks may have passed their largest number. */
  boolean isDue(long nanos) {
    return hasDeadline() && nanos - deadlineNanos >= 0;
  }
}
