package dev.offramp.server.engine;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The texts that wait for a worker, at most so many over all lanes. Lanes take turns, one batch
 * each; within a lane texts go in the order they came.
 *
 * <p>Threading: safe for all threads. The lock is held for a few queue operations, never while a
 * kernel runs.
 */
final class WorkQueue {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final ArrayDeque<Lane> turns = new ArrayDeque<>();
  private final int limit;
  private int waiting;
  private boolean closed;

  WorkQueue(int limit) {
    this.limit = limit;
  }

  /** Adds a passage, unless the queue is full or closed. */
  Engine.Offer offer(Lane lane, Passage passage) {
    lock.lock();
    try {
      if (closed) {
        return Engine.Offer.CLOSED;
      }
      if (waiting == limit) {
        return Engine.Offer.FULL;
      }
      waiting++;
      if (lane.waiting.isEmpty()) {
        turns.add(lane);
      }
      lane.waiting.add(passage);
      work.signal();
      return Engine.Offer.ACCEPTED;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for work, and takes as many texts of one lane as make a batch. It never waits for more to
   * come.
   *
   * @param batch receives the passages
   * @return their lane; null once the queue is closed and empty
   */
  @Nullable Lane take(List<Passage> batch) throws InterruptedException {
    lock.lock();
    try {
      while (turns.isEmpty()) {
        if (closed) {
          return null;
        }
        work.await();
      }
      Lane lane = turns.remove();
      int tokens = 0;
      Passage next = lane.waiting.peek();
      while (next != null
          && batch.size() < lane.limits().sequences()
          && (batch.isEmpty() || tokens + next.text().length() <= lane.limits().tokens())) {
        lane.waiting.remove();
        tokens += next.text().length();
        batch.add(next);
        next = lane.waiting.peek();
      }
      waiting -= batch.size();
      if (next != null) {
        turns.add(lane);
      }
      if (!turns.isEmpty()) {
        work.signal();
      }
      return lane;
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
