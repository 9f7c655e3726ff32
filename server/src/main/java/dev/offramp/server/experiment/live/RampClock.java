package dev.offramp.server.experiment.live;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/*
 * Between processes time is what the log of changes says, by the database's clock. Within one it is
 * that of a clock that nobody sets: from the first look at a version on, the dwell grows with it alone,
 * so setting the database's clock neither skips a step nor keeps one. A later version of the same
 * experiment may rest, or begin anew, but its dwell cannot have grown by more than has passed here.
 */

/**
 * How long experiments have dwelled, so that a clock that is set changes nothing.
 *
 * <p>Threading: safe for all threads.
 */
final class RampClock {

  /**
   * One look.
   *
   * @param dwelled as it was then
   * @param nanos when that was
   */
  private record Look(long version, Duration dwelled, long nanos) {}

  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Look> first = new ConcurrentHashMap<>();

  /**
   * A clock that has seen nothing.
   *
   * @param nanoTime rises with time, and is never set
   */
  RampClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * How long an experiment has dwelled.
   *
   * @param version of the experiment
   * @param logged its dwell by the log and the database's clock
   */
  Duration dwelled(String experiment, long version, Duration logged) {
    long now = nanoTime.getAsLong();
    Look look =
        first.compute(
            experiment,
            (_, seen) -> {
              if (seen != null && seen.version() >= version) {
                return seen;
              }
              Duration dwelled =
                  seen == null || grown(seen, now).compareTo(logged) > 0
                      ? logged
                      : grown(seen, now);
              return new Look(version, dwelled, now);
            });
    return look.version() == version ? grown(look, now) : logged;
  }

  private static Duration grown(Look look, long now) {
    return look.dwelled().plusNanos(Math.max(0, now - look.nanos()));
  }
}
