package dev.offramp.server.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/*
 * The bound is on time, not on count: a text is let in if those before it are predicted to be done
 * within the limit. What that is, the measured cost of a layer and the depths at which texts of each
 * rule leave say. So a bold tier's queue is longer than that of the full model, and both are as long
 * as callers are willing to wait. What workers have begun counts too: they begin no more than so
 * much, and new texts wait for it. Before anything was measured all costs are 0, and all are let in.
 * How fast all that really goes is seen while texts wait, and corrects it.
 */

/**
 * The texts that wait for a worker to start them, over all models.
 *
 * <p>Threading: safe for all threads. The lock is held for a few queue operations, never while a
 * kernel runs.
 */
final class WorkQueue {
  /** Whatever the prediction: so many texts never wait, for each takes memory. */
  static final int MOST_TEXTS = 1 << 16;

  /**
   * A queue that has not been empty for so long is there because too much comes, not after a stall.
   */
  private static final long STANDS_NANOS = Duration.ofMillis(500).toNanos();

  /** How much of what was begun is still to be done: on average they are half way. */
  private static final double BEGUN_LEFT = 0.5;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Backlog backlog = new Backlog();
  private final QueuePace pace;
  private final double limitNanos;
  private final LongSupplier nanoTime;
  private volatile List<Lane> lanes = List.of(); // With arrivals.
  private volatile double waitNanos;

  /** Of the texts that workers have begun and not ended, predicted as a whole; audits aside. */
  private double begunNanos;

  private int texts;
  private int idle;
  private boolean closed;

  /** Whether the last batch had no room but for a text that was overdue; then others come first. */
  private boolean overdueAlone;

  WorkQueue(int workers, long limitNanos, LongSupplier nanoTime) {
    this.pace = new QueuePace(workers);
    this.limitNanos = limitNanos;
    this.nanoTime = nanoTime;
  }

  /** Adds a passage, unless it would wait for too long. */
  Engine.Offer offer(Lane lane, Passage passage) {
    lock.lock();
    try {
      if (closed) {
        return Engine.Offer.CLOSED;
      }
      double wait = waitNanosLocked(passage.priority(), passage.flow());
      if (wait > limitNanos) {
        return Engine.Offer.FULL;
      }
      if (texts == MOST_TEXTS) {
        return Engine.Offer.CROWDED;
      }
      long now = nanoTime.getAsLong();
      if (isLate(lane, passage, (long) wait, now)) {
        return Engine.Offer.LATE;
      }
      if (lane.arrivals.isEmpty()) {
        var next = new ArrayList<>(lanes);
        next.add(lane);
        lanes = next;
      }
      texts++;
      backlog.add(passage);
      lane.arrivals.add(passage, now);
      note();
      work.signal();
      return Engine.Offer.ACCEPTED;
    } finally {
      lock.unlock();
    }
  }

  /*
   * Waiting is not to cost an answer the depth that its rule asks for. One that needs more than half of
   * its time to get there may wait for the other half, and so may one whose time is too short for it
   * anyway: else those with a little more time were refused where those with less are answered. That is
   * asked of a queue that stands. One that a stall left is soon gone, if nobody is refused before it has to
   * be: a refusal takes time as well, the first ones of a server's life more than an answer.
   */
  private boolean isLate(Lane lane, Passage passage, long wait, long now) {
    long start = now + wait;
    boolean stands = pace.busyNanos(now) > STANDS_NANOS;
    return passage.isDueBy(start + (long) lane.cost().nanos(passage.tokens()))
        || (stands
            && passage.isDueBy(start + (long) lane.likelyNanos(passage))
            && passage.isDueBy(start + wait));
  }

  /**
   * Lets a passage that still waits have its turn in another flow too, from which it was joined.
   */
  void joined(Lane lane, Passage passage, Object flow) {
    lock.lock();
    try {
      if (!passage.isTaken() && lane.arrivals.addAgain(passage, flow)) {
        backlog.join(passage, flow);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How long the last of the texts that wait with normal priority or higher waits to start. */
  double waitNanos() {
    return waitNanos;
  }

  /** How long a new text of this priority and flow is predicted to wait before it starts. */
  double waitNanos(Priority priority, Object flow) {
    lock.lock();
    try {
      return waitNanosLocked(priority, flow);
    } finally {
      lock.unlock();
    }
  }

  private double waitNanosLocked(Priority priority, Object flow) {
    return pace.nanos(backlog.nanosBefore(priority, flow) + begunNanos * BEGUN_LEFT);
  }

  private void note() {
    pace.waiting(backlog.nanosDownTo(Priority.LOW) > 0, nanoTime.getAsLong());
    waitNanos = pace.nanos(backlog.nanosDownTo(Priority.NORMAL) + begunNanos * BEGUN_LEFT);
  }

  /**
   * Texts that were taken have ended.
   *
   * @param awaitedNanos what their {@link #awaitedNanos} come to
   * @param doneNanos the same of those that ran any layer
   */
  void ended(double awaitedNanos, double doneNanos) {
    lock.lock();
    try {
      begunNanos = Math.max(0, begunNanos - awaitedNanos);
      pace.ended(doneNanos, nanoTime.getAsLong());
      note();
    } finally {
      lock.unlock();
    }
  }

  /** The models that texts wait for. */
  List<Lane> lanes() {
    return lanes;
  }

  /**
   * Takes what is to start in a model.
   *
   * <p>Where other workers have nothing to do, it leaves them their share. One text that has waited
   * for as long as texts may be predicted to goes first, whatever its priority.
   *
   * @param tokens room; a longer text comes alone
   * @param batch receives the texts, perhaps none
   */
  void take(Lane lane, int tokens, int sequences, List<Passage> batch) {
    lock.lock();
    try {
      Arrivals arrivals = lane.arrivals;
      if (arrivals.isEmpty()) {
        return;
      }
      long now = nanoTime.getAsLong();
      int room = Math.min(tokens, Math.max(1, arrivals.tokens() / (idle + 1)));
      int taken = 0;
      int used = 0;
      Passage overdue =
          sequences == 0 || overdueAlone ? null : arrivals.pollOverdue(now, limitNanos);
      if (overdue != null) {
        begin(arrivals, overdue, batch);
        used += overdue.tokens();
        taken++;
      }
      for (Passage next = arrivals.peek();
          next != null && taken < sequences && (taken == 0 || used + next.tokens() <= room);
          next = arrivals.peek()) {
        arrivals.poll(now);
        begin(arrivals, next, batch);
        used += next.tokens();
        taken++;
      }
      overdueAlone = overdue != null && taken == 1;
      texts -= taken;
      forgetIfEmpty(lane);
      note();
      if (!lanes.isEmpty() && idle > 0) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void leave(Arrivals arrivals, Passage passage) {
    backlog.remove(passage);
    arrivals.further(passage).forEach(flow -> backlog.leave(passage, flow));
  }

  /** What a text is predicted to take of those who wait: nothing, if it is an audit. */
  static double awaitedNanos(Passage passage) {
    return passage.priority() == Priority.AUDIT ? 0 : passage.predictedNanos();
  }

  private void begin(Arrivals arrivals, Passage passage, List<Passage> batch) {
    leave(arrivals, passage);
    begunNanos += awaitedNanos(passage);
    batch.add(passage);
  }

  /**
   * Takes those out for whom nobody waits any more, so that they hold up nobody who does.
   *
   * @param deserted receives them
   * @param ends receives how those end who waited for them, to be run outside of any lock
   */
  void sweep(Lane lane, List<Passage> deserted, Ends ends) {
    lock.lock();
    try {
      lane.arrivals.sweep(
          nanoTime.getAsLong(),
          passage -> {
            texts--;
            leave(lane.arrivals, passage);
            begunNanos += awaitedNanos(passage);
            deserted.add(passage);
          },
          ends);
      if (!deserted.isEmpty()) {
        forgetIfEmpty(lane);
        note();
      }
    } finally {
      lock.unlock();
    }
  }

  private void forgetIfEmpty(Lane lane) {
    if (lane.arrivals.isEmpty()) {
      lanes = lanes.stream().filter(other -> other != lane).toList();
    }
  }

  /** Waits until something waits to start; false once the queue is closed and empty. */
  boolean await() throws InterruptedException {
    lock.lock();
    try {
      while (lanes.isEmpty()) {
        if (closed) {
          return false;
        }
        idle++;
        try {
          work.await();
        } finally {
          idle--;
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more; what waits is still handed out. */
  void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
