package dev.offramp.server.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/*
 * Models take turns by the time that their steps took: the one that had least goes first. One that
 * comes back after a pause starts where the others are, so that it can't catch up on what it never
 * asked for. A model that has nothing but audits has its turn when no other has more.
 */

/**
 * What one worker does, and the texts that it has. A thread runs it; if that thread dies, another
 * goes on with the same worker.
 *
 * <p>Threading: one thread at a time.
 */
final class Worker {

  /** A model's turn. */
  private static final class Turn {
    final LaneWork work;
    long spentNanos;
    boolean waiting;

    Turn(LaneWork work) {
      this.work = work;
    }
  }

  private final int number;
  private final WorkQueue queue;
  private final LongSupplier nanoTime;
  private final StepListener steps;
  private final Map<Lane, Turn> turns = new LinkedHashMap<>();
  private long spentNanos;

  Worker(int number, WorkQueue queue, LongSupplier nanoTime, StepListener steps) {
    this.number = number;
    this.queue = queue;
    this.nanoTime = nanoTime;
    this.steps = steps;
  }

  int number() {
    return number;
  }

  /** Runs until the queue is closed and all texts have ended. */
  void run() throws InterruptedException {
    while (true) {
      Turn turn = next();
      if (turn == null) {
        if (!queue.await()) {
          return;
        }
        continue;
      }
      long began = nanoTime.getAsLong();
      turn.work.step();
      turn.spentNanos += Math.max(1, nanoTime.getAsLong() - began);
      spentNanos = turn.spentNanos;
    }
  }

  private @Nullable Turn next() {
    for (Lane lane : queue.lanes()) {
      turns.computeIfAbsent(
          lane, _ -> new Turn(new LaneWork(lane, number, queue, nanoTime, steps)));
    }
    @Nullable Turn least = null;
    @Nullable Turn leastAudits = null;
    for (var all = turns.values().iterator(); all.hasNext(); ) {
      Turn turn = all.next();
      if (!turn.work.hasWork()) {
        turn.waiting = false;
        if (turn.work.lane().isFreed()) {
          all.remove();
        }
        continue;
      }
      if (!turn.waiting) {
        turn.waiting = true;
        turn.spentNanos = Math.max(turn.spentNanos, spentNanos);
      }
      if (turn.work.isAwaited()) {
        least = lesser(turn, least);
      } else {
        leastAudits = lesser(turn, leastAudits);
      }
    }
    return least == null ? leastAudits : least;
  }

  private static Turn lesser(Turn turn, @Nullable Turn other) {
    return other == null || turn.spentNanos < other.spentNanos ? turn : other;
  }
}
