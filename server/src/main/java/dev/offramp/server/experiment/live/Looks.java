package dev.offramp.server.experiment.live;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/*
 * A look reads all counts of an experiment, and all units and what was reported of them: with millions
 * of units that takes seconds, of a database that may be on the server's own CPUs. So the more a look
 * takes, the less often it happens, down to once in five minutes.
 */

/**
 * Looks again and again, at an interval, or, where looks take long, with a twentieth of the time.
 *
 * <p>Threading: one thread of its own.
 */
final class Looks implements AutoCloseable {

  /** Whatever a look takes, as one does that waits for a database that is away. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** Of the time, one part is for looking. */
  private static final int PARTS = 20;

  private final Runnable look;
  private final LongSupplier nanoTime;
  private final ScheduledThreadPoolExecutor thread;

  /**
   * None yet.
   *
   * @param name of the thread
   * @param look does not throw
   */
  Looks(String name, Runnable look) {
    this(
        look,
        System::nanoTime,
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name(name).daemon().factory()));
  }

  /** The same with a clock and thread of the caller's. */
  Looks(Runnable look, LongSupplier nanoTime, ScheduledThreadPoolExecutor thread) {
    this.look = look;
    this.nanoTime = nanoTime;
    this.thread = thread;
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Begins, after the first interval. */
  void start(Duration interval) {
    next(interval.toNanos(), interval.toNanos());
  }

  private void next(long delayNanos, long interval) {
    if (thread.isShutdown()) {
      return;
    }
    var _ =
        thread.schedule(
            () -> {
              long began = nanoTime.getAsLong();
              look.run();
              long took = nanoTime.getAsLong() - began;
              long pause = Math.min(took * (PARTS - 1), LONGEST.toNanos());
              next(Math.max(interval, pause), interval);
            },
            delayNanos,
            TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    // One under way ends by itself: interrupted, an embedded database would close its file.
    thread.close();
  }
}
