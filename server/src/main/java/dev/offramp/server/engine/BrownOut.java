package dev.offramp.server.engine;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/*
 * Overload is answered in two steps: first with bolder tiers, for those requests that allow it, then
 * with refusals. This is the first. The level rises by one while the predicted wait stays above the
 * soft limit, and falls by one while it stays below half of it; between the two it stays. Rising waits
 * for a moment, so that a level can show what it does before the next; falling waits longer, so that
 * the relief itself does not undo it at once.
 *
 * Nothing here needs a timer: the level is brought up to date when someone asks for it, and a pause
 * counts as calm.
 */

/**
 * How many tiers bolder than asked requests are to be answered now, within what each allows.
 *
 * <p>Threading: safe for all threads.
 */
public final class BrownOut {
  private static final long RISE_NANOS = Duration.ofMillis(200).toNanos();
  private static final long FALL_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MOST = 8;

  private final long softNanos;
  private final Supplier<Duration> predictedWait;
  private final LongSupplier nanoTime;
  private int level;
  private long changedNanos;

  /**
   * At level 0.
   *
   * @param softWait the predicted wait above which the level rises
   * @param predictedWait how long a new text waits
   */
  public BrownOut(Duration softWait, Supplier<Duration> predictedWait, LongSupplier nanoTime) {
    if (softWait.isNegative()) {
      throw new IllegalArgumentException("soft wait: " + softWait + " (expected: >= 0)");
    }
    this.softNanos = softWait.toNanos();
    this.predictedWait = predictedWait;
    this.nanoTime = nanoTime;
    this.changedNanos = nanoTime.getAsLong();
  }

  /** The level now: 0 where there is time for what is asked. */
  public synchronized int level() {
    long now = nanoTime.getAsLong();
    long wait = predictedWait.get().toNanos();
    long since = now - changedNanos;
    if (wait > softNanos) {
      if (since >= RISE_NANOS && level < MOST) {
        level++;
        changedNanos = now;
      }
    } else if (wait <= softNanos / 2 && level > 0 && since >= FALL_NANOS) {
      level = (int) Math.max(0, level - since / FALL_NANOS);
      changedNanos = now;
    }
    return level;
  }
}
