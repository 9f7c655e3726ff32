package dev.offramp.bench.serving;

import dev.offramp.client.Answer;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

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
    var run = new Run();
    for (int i = 0; i < inFlight; i++) {
      run.next();
    }
    Thread.sleep(warmUp);
    long answersBefore = run.answers.get();
    long cachedBefore = run.cached.get();
    long began = System.nanoTime();
    Thread.sleep(window);
    double seconds = (System.nanoTime() - began) / 1e9;
    double answers = run.answers.get() - answersBefore;
    double cached = run.cached.get() - cachedBefore;
    run.stopping = true;
    run.over.await();
    Throwable failure = run.failure.get();
    if (failure != null) {
      throw new IllegalStateException("a call failed: " + failure, failure);
    }
    return new Result(answers / seconds, answers == 0 ? 0 : cached / answers);
  }

  private final class Run {
    final AtomicLong answers = new AtomicLong();
    final AtomicLong cached = new AtomicLong();
    final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    final CountDownLatch over = new CountDownLatch(inFlight);
    private final AtomicInteger number = new AtomicInteger();
    volatile boolean stopping;

    void next() {
      Query query = queries.get(Math.floorMod(number.getAndIncrement(), queries.size()));
      var _ = client.classifyAsync(query).whenComplete(this::ended);
    }

    private void ended(@Nullable Answer answer, @Nullable Throwable cause) {
      if (answer == null) {
        failure.compareAndSet(null, cause);
        over.countDown();
        return;
      }
      answers.incrementAndGet();
      if (answer.cached()) {
        cached.incrementAndGet();
      }
      if (stopping) {
        over.countDown();
      } else {
        next();
      }
    }
  }
}
