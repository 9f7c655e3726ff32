package dev.offramp.server.engine;

import java.time.Duration;

/*
 * What a text is predicted to take is what its layers take. A worker does more than run layers, and on
 * a host where connections are served by the same cores it does not have its core to itself, least of
 * all when too much comes: a queue predicted to take a second took two. So the prediction is held
 * against what happens: while texts wait all the time, workers end so much predicted work in so much
 * time. What the depths of texts are, where that is foreseen wrongly, is in it as well.
 *
 * A queue that runs empty shows no pace. One that was slow is forgotten then within some seconds: else
 * so little might be let in that the queue would never again be there for long enough to show another.
 */

/**
 * How fast predicted work goes, where one is as fast as predicted.
 *
 * <p>Threading: guarded by the queue's lock.
 */
final class QueuePace {

  /** Long enough for some tens of texts of a large model. */
  private static final long WINDOW_NANOS = Duration.ofMillis(250).toNanos();

  /** The newest window's share. */
  private static final double NEWEST = 0.3;

  /** How long a queue that has run empty takes to forget two thirds of what it showed. */
  private static final double FORGET_NANOS = Duration.ofSeconds(5).toNanos();

  /* Beyond these it is no pace, but a machine that stood still, or prices from before warm-up. */
  private static final double SLOWEST = 0.05;
  private static final double FASTEST = 2;

  private final int workers;
  private double pace = 1;
  private double done;
  private long since;
  private boolean busy;
  private long busySince;

  /** When the pace was last seen, or forgotten in part. */
  private long seen;

  QueuePace(int workers) {
    this.workers = workers;
  }

  /** Work of so many predicted nanoseconds of one worker has ended. */
  void ended(double predictedNanos, long nowNanos) {
    if (!busy) {
      return;
    }
    done += predictedNanos;
    long took = nowNanos - since;
    if (took < WINDOW_NANOS) {
      return;
    }
    double now = Math.clamp(done / took / workers, SLOWEST, FASTEST);
    pace += NEWEST * (now - pace);
    done = 0;
    since = nowNanos;
    seen = nowNanos;
  }

  /**
   * Tells whether texts wait, whenever that may have changed: workers that lack work show no pace.
   */
  void waiting(boolean texts, long nowNanos) {
    if (texts == busy) {
      return;
    }
    busy = texts;
    busySince = nowNanos;
    done = 0;
    since = nowNanos;
    pace = 1 + (pace - 1) * Math.exp((seen - nowNanos) / FORGET_NANOS);
    seen = nowNanos;
  }

  /** For how long there has been a text that waits all the time; 0 if none does. */
  long busyNanos(long nowNanos) {
    return busy ? nowNanos - busySince : 0;
  }

  /** How long all workers take for so many predicted nanoseconds of one. */
  double nanos(double predictedNanos) {
    return predictedNanos / workers / pace;
  }
}
