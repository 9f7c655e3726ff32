package dev.offramp.bench.serving;

import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A saturating load through the client: always so many calls on their way, each answer followed by
 * the next call.
 *
 * <p>Threading: one load at a time; answers come on the client's threads.
 *
 * @param client asks
 * @param queries sent round and round
 * @param inFlight how many are on their way at any time
 */
record ClientLoad(OfframpClient client, List<Query> queries, int inFlight) {

  /**
   * What came of it.
   *
   * @param perSecond answers a second
   * @param cached the share that the cache gave
   */
  record Result(double perSecond, double cached) {}

  /** Runs one load to its end. */
  Result run(Duration warmUp, Duration window) throws InterruptedException {
    var load = new Saturation(inFlight);
    var sender = new Sender(load);
    Saturation.Result result = load.run(sender::next, warmUp, window, () -> {});
    return new Result(result.perSecond(), result.mean());
  }

  /**
   * Sends each query once, as many as may be on their way at least; the rate is over all of them.
   */
  Result once() throws InterruptedException {
    var load = new Saturation(inFlight);
    var sender = new Sender(load);
    Saturation.Result result = load.runThrough(sender::next, queries.size());
    return new Result(result.perSecond(), result.mean());
  }

  private final class Sender {
    private final Saturation load;
    private final AtomicInteger number = new AtomicInteger();

    Sender(Saturation load) {
      this.load = load;
    }

    void next() {
      Query query = queries.get(Math.floorMod(number.getAndIncrement(), queries.size()));
      var _ =
          client
              .classifyAsync(query)
              .whenComplete((answer, failure) -> {
                if (answer == null) {
                  load.failed(failure);
                } else {
                  load.ended(answer.cached() ? 1 : 0, this::next);
                }
              });
    }
  }
}
