package dev.offramp.server.engine;

import dev.offramp.model.io.DurationText;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/*
 * Overload is answered in two steps: first with bolder tiers, for those requests that allow it, then
 * with refusals. This is the first. The level rises by one for every while that the predicted wait has
 * stayed above the soft limit, and falls by one for every longer while that it has stayed below half
 * of it; between the two it stays, and both whiles begin anew. Rising waits for a moment, so that a
 * level can show what it does before the next; falling waits longer, so that the relief itself does
 * not undo it at once. It rises no further than to where a request can follow.
 *
 * Nothing here needs a timer: the level is brought up to date when someone asks for it, and a pause
 * in which nobody asks counts as what it was when it began.
 */

/**
 * How many tiers bolder than asked requests are to be answered now, within what each allows.
 *
 * <p>Threading: safe for all threads.
 */
public final class BrownOut {
  private static final long RISE_NANOS = Duration.ofMillis(200).toNanos();
  private static final long FALL_NANOS = Duration.ofMillis(400).toNanos();

  private final long softNanos;
  private final Supplier<Duration> predictedWait;
  private final LongSupplier nanoTime;
  private int level;

  /** How it looked the last time: since when, and which of the three. */
  private Load load = Load.CALM;

  private long sinceNanos;

  private enum Load {
    CALM,
    BETWEEN,
    HOT
  }

  /**
   * At level 0.
   *
   * @param softWait the predicted wait above which the level rises
   * @param predictedWait how long a new text waits
   */
  public BrownOut(Duration softWait, Supplier<Duration> predictedWait, LongSupplier nanoTime) {
    if (softWait.isNegative()) {
      throw new IllegalArgumentException(
          "soft wait: " + DurationText.format(softWait) + " (expected: >= 0)");
    }
    this.softNanos = softWait.toNanos();
    this.predictedWait = predictedWait;
    this.nanoTime = nanoTime;
    this.sinceNanos = nanoTime.getAsLong();
  }

  /**
   * The level now: 0 where there is time for what is asked.
   *
   * @param most how many bolder tiers the one who asks could take
   * @param ownWait how long that one would wait itself: with less than half of the soft limit there
   *     is no need
   */
  public synchronized int level(int most, Duration ownWait) {
    long now = nanoTime.getAsLong();
    long wait = predictedWait.get().toNanos();
    Load seen = wait > softNanos ? Load.HOT : wait > softNanos / 2 ? Load.BETWEEN : Load.CALM;
    if (seen != load) {
      load = seen;
      sinceNanos = now;
    }
    switch (load) {
      case HOT -> {
        if (now - sinceNanos >= RISE_NANOS && level < most) {
          level++;
          sinceNanos = now;
        }
      }
      case BETWEEN -> {}
      case CALM -> {
        long falls = (now - sinceNanos) / FALL_NANOS;
        level = (int) Math.max(0, level - falls);
        sinceNanos += falls * FALL_NANOS;
      }
    }
    return ownWait.toNanos() >= softNanos / 2 ? Math.min(level, most) : 0;
  }
}
