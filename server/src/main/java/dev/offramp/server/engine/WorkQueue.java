package dev.offramp.server.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/*
 * The bound is on time, not on count: a text is let in if those before it are predicted to be done
 * within the limit. What that is, the measured cost of a layer and the depths at which texts of each
 * rule leave say. So a bold tier's queue is longer than that of the full model, and both are as long
 * as callers are willing to wait. Before anything was measured all costs are 0, and all are let in.
 */

/**
 * The texts that wait for a worker to start them, over all models.
 *
 * <p>Threading: safe for all threads. The lock is held for a few queue operations, never while a
 * kernel runs.
 */
final class WorkQueue {
  /** Whatever the prediction: so many texts never wait, for each takes memory. */
  private static final int MOST_TEXTS = 1 << 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Backlog backlog = new Backlog();
  private final int workers;
  private final double limitNanos;
  private final LongSupplier nanoTime;
  private volatile List<Lane> lanes = List.of(); // With arrivals.
  private volatile double waitNanos;
  private int texts;
  private int idle;
  private boolean closed;

  WorkQueue(int workers, long limitNanos, LongSupplier nanoTime) {
    this.workers = workers;
    this.limitNanos = limitNanos;
    this.nanoTime = nanoTime;
  }

  /** Adds a passage, unless it would wait for too long. */
  Engine.Offer offer(Lane lane, Passage passage, long horizonNanos) {
    lock.lock();
    try {
      if (closed) {
        return Engine.Offer.CLOSED;
      }
      double wait = backlog.nanosBefore(passage.priority(), passage.flow()) / workers;
      if (wait > limitNanos || texts == MOST_TEXTS) {
        return Engine.Offer.FULL;
      }
      if (passage.isDueBy(horizonNanos + (long) wait)) {
        return Engine.Offer.LATE;
      }
      if (lane.arrivals.isEmpty()) {
        var next = new ArrayList<>(lanes);
        next.add(lane);
        lanes = next;
      }
      texts++;
      backlog.add(passage);
      lane.arrivals.add(passage, nanoTime.getAsLong());
      waitNanos = backlog.nanos() / workers;
      work.signal();
      return Engine.Offer.ACCEPTED;
    } finally {
      lock.unlock();
    }
  }

  /** How long a new text of normal priority is predicted to wait before it starts. */
  double waitNanos() {
    return waitNanos;
  }

  /** The models that texts wait for. */
  List<Lane> lanes() {
    return lanes;
  }

  /**
   * Takes what is to start in a model.
   *
   * <p>Where other workers have nothing to do, it leaves them their share.
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
      for (Passage next = arrivals.peek();
          next != null && taken < sequences && (taken == 0 || used + next.tokens() <= room);
          next = arrivals.peek()) {
        arrivals.poll(now);
        backlog.remove(next);
        used += next.tokens();
        taken++;
        batch.add(next);
      }
      texts -= taken;
      waitNanos = backlog.nanos() / workers;
      if (arrivals.isEmpty()) {
        lanes = lanes.stream().filter(other -> other != lane).toList();
      }
      if (!lanes.isEmpty() && idle > 0) {
        work.signal();
      }
    } finally {
      lock.unlock();
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
