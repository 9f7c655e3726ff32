package dev.offramp.bench.serving;

import dev.offramp.cli.load.ArrivalPlan;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Calls at times fixed beforehand, for as long as something else takes. Each one's latency is from
 * when it was due, so that one slow answer does not hide those behind it.
 *
 * <p>Threading: one load at a time; answers come on the client's threads.
 *
 * @param client asks
 * @param queries sent round and round
 * @param perSecond calls a second, at exponential gaps
 */
record SwapLoad(OfframpClient client, List<Query> queries, double perSecond) {

  /**
   * Sends until a task is done, and waits for what is on its way.
   *
   * @param latencies gets the nanoseconds of each call; may be written to by several threads
   * @throws IllegalStateException if a call failed
   */
  void during(Future<?> task, Histogram latencies, long seed) {
    var underWay = new Phaser(1);
    var failure = new AtomicReference<@Nullable Throwable>();
    long number = 0;
    PrimitiveIterator.OfLong due =
        ArrivalPlan.poisson(perSecond, ArrivalPlan.MAX_DURATION, seed).dueNanos();
    long start = System.nanoTime();
    while (!task.isDone()) {
      long at = start + due.nextLong();
      for (long left; (left = at - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
      underWay.register();
      Query query = queries.get((int) (number++ % queries.size()));
      var _ =
          client
              .classifyAsync(query)
              .whenComplete((answer, cause) -> {
                if (answer == null) {
                  failure.compareAndSet(null, cause);
                }
                latencies.recordValue(System.nanoTime() - at);
                underWay.arriveAndDeregister();
              });
    }
    underWay.arriveAndAwaitAdvance();
    Throwable cause = failure.get();
    if (cause != null) {
      throw new IllegalStateException("a call failed: " + cause, cause);
    }
  }
}
