package dev.offramp.server.experiment;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
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
 * <p>Threading: one thread of its own. Ownership: {@link #finish} or {@link #stop} ends it.
 */
public final class Paced {

  private static final Logger log = LogManager.getLogger(Paced.class);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /**
   * How it goes.
   *
   * @param name of what is done
   * @param failed how often it failed
   * @param sinceSuccess how long ago it last ended without a failure, or was to begin
   */
  public record Progress(String name, long failed, Duration sinceSuccess) {}

  private final String name;
  private final BooleanSupplier work;
  private final int parts;
  private final Duration longest;
  private final LongSupplier costNanos;
  private final LongSupplier nanoTime;
  private final ScheduledThreadPoolExecutor thread;
  private final LongAdder failed = new LongAdder();
  private volatile long succeededNanos;

  /**
   * With a clock and thread of the caller's.
   *
   * @param name of what is done, for metrics
   * @param work says whether it succeeded; what it throws is logged, and a failure
   * @param parts of the time, one of which is for it
   * @param longest a pause, however long it takes, unless the interval is longer
   * @param costNanos what is measured, on its thread
   * @param nanoTime by which a success is so long ago
   */
  Paced(
      String name,
      BooleanSupplier work,
      int parts,
      Duration longest,
      LongSupplier costNanos,
      LongSupplier nanoTime,
      ScheduledThreadPoolExecutor thread) {
    this.name = name;
    this.work = work;
    this.parts = parts;
    this.longest = longest;
    this.costNanos = costNanos;
    this.nanoTime = nanoTime;
    this.thread = thread;
    this.succeededNanos = nanoTime.getAsLong();
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * At most so much of one CPU's time in a thread named after it; what others do for it is not
   * counted.
   *
   * @param work says whether it succeeded
   */
  public static Paced byCpu(String name, BooleanSupplier work, int parts, Duration longest) {
    return new Paced(
        name,
        work,
        parts,
        longest,
        THREADS::getCurrentThreadCpuTime,
        System::nanoTime,
        named(name));
  }

  /**
   * At most so much of the time, whoever needs it, as a database on the same CPUs may.
   *
   * @param work says whether it succeeded
   */
  public static Paced byClock(String name, BooleanSupplier work, int parts, Duration longest) {
    return new Paced(name, work, parts, longest, System::nanoTime, System::nanoTime, named(name));
  }

  private static ScheduledThreadPoolExecutor named(String name) {
    return new ScheduledThreadPoolExecutor(
        1, Thread.ofPlatform().name("offramp-" + name).daemon().factory());
  }

  /** Begins, after a first delay. */
  public void start(Duration first, Duration interval) {
    succeededNanos = nanoTime.getAsLong() + first.toNanos();
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
                long began = costNanos.getAsLong();
                if (work.getAsBoolean()) {
                  succeededNanos = nanoTime.getAsLong();
                } else {
                  failed.increment();
                }
                long took = costNanos.getAsLong() - began;
                pause = Math.min(took * (parts - 1), longest.toNanos());
              } catch (RuntimeException | Error e) {
                failed.increment();
                log.error("{} failed and goes on", Thread.currentThread().getName(), e);
              } finally {
                next(Math.max(interval, pause), interval);
              }
            },
            delayNanos,
            TimeUnit.NANOSECONDS);
  }

  /** How it goes; any thread may ask. */
  public Progress progress() {
    long since = Math.max(0, nanoTime.getAsLong() - succeededNanos);
    return new Progress(name, failed.sum(), Duration.ofNanos(since));
  }

  /**
   * Does it once more, after what is under way, and begins no more; false if that has not ended
   * within the limit.
   */
  public boolean finish(Duration limit) {
    if (thread.isShutdown()) {
      return stop(limit);
    }
    long deadline = System.nanoTime() + limit.toNanos();
    Future<Boolean> last = thread.submit(work::getAsBoolean);
    try {
      var _ = last.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.debug("Cut off", e); // What is said below is what counts.
      last.cancel(false); // A thread that ends still does what is due.
    } catch (ExecutionException e) {
      log.error("What was done a last time failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return stop(Duration.ofNanos(deadline - System.nanoTime()));
  }

  /** Begins no more; false if what was under way has not ended within the limit. */
  public boolean stop(Duration limit) {
    // Not interrupted: an embedded database would close its file.
    thread.shutdown();
    try {
      return thread.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
