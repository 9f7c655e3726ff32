package dev.offramp.bench.serving;

import dev.offramp.cli.load.ArrivalPlan;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Lane;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import java.time.Duration;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Texts that come at times fixed beforehand, whatever became of those before them, each with a
 * deadline. Those due after the warm-up count.
 *
 * <p>Threading: one load at a time; answers come on workers.
 *
 * @param engine runs the texts
 * @param lane the model, held by the caller
 * @param texts sent round and round
 * @param rule of all of them
 * @param deadline of each, from when it was due
 */
record PacedLoad(
    Engine engine, Lane lane, List<EncodedText> texts, ExitRule rule, Duration deadline) {

  /**
   * What became of the texts, each as a share of a second.
   *
   * @param offered all
   * @param inTime answered by the deadline, at the exit that the rule asked for
   * @param anytime answered by the deadline with the deepest exit that there was time for
   * @param late answered after it
   * @param refused not let in
   * @param expired let in, and not at the first exit by the deadline
   */
  record Result(
      double offered, double inTime, double anytime, double late, double refused, double expired) {}

  /** Runs a plan to its end. */
  Result run(ArrivalPlan plan) {
    var counts = new Counts();
    long warmUp = plan.warmUp().toNanos();
    long start = System.nanoTime();
    int number = 0;
    for (PrimitiveIterator.OfLong times = plan.dueNanos(); times.hasNext(); number++) {
      long due = times.nextLong();
      for (long left; (left = start + due - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
      offer(texts.get(number % texts.size()), start + due, due >= warmUp, counts);
    }
    counts.underWay.arriveAndAwaitAdvance();
    return counts.over(plan.measured());
  }

  private void offer(EncodedText text, long due, boolean counted, Counts counts) {
    counts.underWay.register();
    long end = due + deadline.toNanos();
    var listener = new Listener(counts, end, counted);
    var caller = new Caller(rule, end, listener);
    var passage = new Passage(text, caller, Priority.NORMAL, EngineLoad.FLOW, null, null, false);
    if (counted) {
      counts.offered.incrementAndGet();
    }
    if (engine.offer(lane, passage) != Engine.Offer.ACCEPTED) {
      listener.ended(counts.refused);
    }
  }

  private static final class Counts {
    final Phaser underWay = new Phaser(1);
    final AtomicLong offered = new AtomicLong();
    final AtomicLong inTime = new AtomicLong();
    final AtomicLong anytime = new AtomicLong();
    final AtomicLong late = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    final AtomicLong expired = new AtomicLong();

    Result over(Duration measured) {
      double seconds = measured.toNanos() / 1e9;
      return new Result(
          offered.get() / seconds,
          inTime.get() / seconds,
          anytime.get() / seconds,
          late.get() / seconds,
          refused.get() / seconds,
          expired.get() / seconds);
    }
  }

  private record Listener(Counts counts, long end, boolean counted) implements Caller.Listener {

    @Override
    public void onDeparture(Departure departure) {
      boolean inTime = System.nanoTime() - end <= 0;
      boolean anytime = departure.exit().reason() == Exit.Reason.DEADLINE;
      ended(!inTime ? counts.late : anytime ? counts.anytime : counts.inTime);
    }

    @Override
    public void onExpired() {
      ended(counts.expired);
    }

    @Override
    public void onAbandoned() {
      throw new IllegalStateException("a text that nobody gave up was abandoned");
    }

    @Override
    public void onFailure(Throwable cause) {
      ended(counts.expired);
    }

    void ended(AtomicLong kind) {
      if (counted) {
        kind.incrementAndGet();
      }
      counts.underWay.arriveAndDeregister();
    }
  }
}
