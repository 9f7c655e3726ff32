package dev.offramp.server.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/*
 * Models take turns by the time that their steps took: the one that had least goes first. One that
 * comes back after a pause starts where the others are, so that it can't catch up on what it never
 * asked for. A model that has nothing but audits, or whose first texts are to warm it, has its turn when
 * no other has more, and beside busy ones a twentieth of the time: so they end some time, as does a
 * model that retires, which they hold.
 */

/**
 * What one worker does, and the texts that it has. A thread runs it; if that thread dies, another
 * goes on with the same worker.
 *
 * <p>Threading: one thread at a time.
 */
final class Worker {

  /** How long a model that has nothing but audits waits for the others, over its last step. */
  private static final int AUDITS_WAIT = 20;

  /** A model's turn. */
  private static final class Turn {
    final LaneWork work;
    long spentNanos;
    boolean waiting;
    long servedNanos;
    long stepNanos;

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
      foresee(turn);
      long began = nanoTime.getAsLong();
      turn.work.step();
      turn.servedNanos = nanoTime.getAsLong();
      turn.stepNanos = Math.max(1, turn.servedNanos - began);
      turn.spentNanos += turn.stepNanos;
      spentNanos = turn.spentNanos;
    }
  }

  /** Texts of other models may have no time for this one's step and a layer of their own. */
  private void foresee(Turn next) {
    for (Turn other : turns.values()) {
      if (other != next) {
        other.work.foresee(next.stepNanos);
      }
    }
  }

  private @Nullable Turn next() {
    long now = nanoTime.getAsLong();
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
        turn.servedNanos = now;
        if (turn.work.lane().isFreed()) {
          all.remove();
        }
        continue;
      }
      if (!turn.work.isAwaited() && now - turn.servedNanos < AUDITS_WAIT * turn.stepNanos) {
        turn.waiting = false;
        leastAudits = lesser(turn, leastAudits);
        continue;
      }
      if (!turn.waiting) {
        turn.waiting = true;
        turn.spentNanos = Math.max(turn.spentNanos, spentNanos);
      }
      least = lesser(turn, least);
    }
    return least == null ? leastAudits : least;
  }

  private static Turn lesser(Turn turn, @Nullable Turn other) {
    return other == null || turn.spentNanos < other.spentNanos ? turn : other;
  }
}
