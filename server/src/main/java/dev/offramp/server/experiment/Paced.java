package dev.offramp.server.experiment;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * What is done behind requests shares their CPUs. How long it takes depends on how much has happened, on
 * the database, and on the machine; so the pauses are made as long as it takes for its share to be small.
 */

/**
 * Does something again and again: at an interval, or, where it takes long, with a share of the
 * time.
 *
 * <p>Threading: one thread of its own.
 */
public final class Paced implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(Paced.class);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Runnable work;
  private final int parts;
  private final Duration longest;
  private final LongSupplier nanoTime;
  private final ScheduledThreadPoolExecutor thread;

  /**
   * With a clock and thread of the caller's.
   *
   * @param work what it throws is logged
   * @param parts of the time, one of which is for it
   * @param longest a pause, however long it takes, unless the interval is longer
   * @param nanoTime what is measured, on its thread
   */
  Paced(
      Runnable work,
      int parts,
      Duration longest,
      LongSupplier nanoTime,
      ScheduledThreadPoolExecutor thread) {
    this.work = work;
    this.parts = parts;
    this.longest = longest;
    this.nanoTime = nanoTime;
    this.thread = thread;
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * At most so much of one CPU's time in a thread of this name; what others do for it is not
   * counted.
   */
  public static Paced byCpu(String thread, Runnable work, int parts, Duration longest) {
    return new Paced(work, parts, longest, THREADS::getCurrentThreadCpuTime, named(thread));
  }

  /** At most so much of the time, whoever needs it, as a database on the same CPUs may. */
  public static Paced byClock(String thread, Runnable work, int parts, Duration longest) {
    return new Paced(work, parts, longest, System::nanoTime, named(thread));
  }

  private static ScheduledThreadPoolExecutor named(String thread) {
    return new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name(thread).daemon().factory());
  }

  /** Begins, after a first delay. */
  public void start(Duration first, Duration interval) {
    next(first.toNanos(), interval.toNanos());
  }

  private void next(long delayNanos, long interval) {
    if (thread.isShutdown()) {
      return;
    }
    var _ =
        thread.schedule(
            () -> {
              long pause = 0;
              try {
                long began = nanoTime.getAsLong();
                work.run();
                long took = nanoTime.getAsLong() - began;
                pause = Math.min(took * (parts - 1), longest.toNanos());
              } catch (RuntimeException | Error e) {
                log.error("{} failed and goes on", Thread.currentThread().getName(), e);
              } finally {
                next(Math.max(interval, pause), interval);
              }
            },
            delayNanos,
            TimeUnit.NANOSECONDS);
  }

  /** Begins no more; false if what was under way has not ended within the limit. */
  public boolean stop(Duration limit) {
    thread.shutdown();
    try {
      return thread.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Begins no more, and waits for what is under way. */
  @Override
  public void close() {
    // Not interrupted: an embedded database would close its file.
    thread.close();
  }
}
