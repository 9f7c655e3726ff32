package dev.offramp.server.engine;

import org.jspecify.annotations.Nullable;

/**
 * The texts of one worker and model that are over in this step: those who wait for them are told,
 * and once the step is over, what the texts held is given back.
 *
 * <p>Threading: one thread's.
 */
final class Finished {
  private final Lane lane;
  private final WorkQueue queue;
  private final Ends ends = new Ends();
  private int texts;
  private double begunNanos;
  private double doneNanos;

  Finished(Lane lane, WorkQueue queue) {
    this.lane = lane;
    this.queue = queue;
  }

  /** How callers' waits ended that are not told yet. */
  Ends ends() {
    return ends;
  }

  /** A text is over, and nobody wants its rows. */
  void add(Passage passage) {
    add(passage, null);
  }

  /**
   * A text is over.
   *
   * @param rows its hidden rows where it ended; null if nobody wants them
   */
  void add(Passage passage, float @Nullable [] rows) {
    texts++;
    double nanos = WorkQueue.awaitedNanos(passage);
    begunNanos += nanos;
    if (passage.depth() > passage.startDepth()) {
      doneNanos += nanos; // Others ran no layer: as work they show no pace.
    }
    passage.finished();
    ends.keep(() -> passage.over(rows));
  }

  /** A text can't go on; nothing, if it is over already. */
  void fail(Passage passage, Throwable cause) {
    if (!passage.isFinished()) {
      passage.fail(cause, ends);
      add(passage);
    }
  }

  /** Tells those who waited; no lock is held. */
  void tell() {
    ends.tell();
  }

  /**
   * Gives back what the texts held. Only once the step is over, for until then the lane's kernels
   * are in use, and a lane that retires is freed with its last text.
   */
  void release() {
    if (texts > 0) {
      int over = texts;
      texts = 0;
      queue.ended(begunNanos, doneNanos);
      begunNanos = 0;
      doneNanos = 0;
      lane.release(over);
    }
  }
}
