package dev.offramp.bench.serving;

import dev.offramp.client.ModelAdmin;
import dev.offramp.client.Query;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Puts a model in the place of the one that serves, under a load of half of what the server can do,
 * again and again, and in between does nothing for as long.
 *
 * <p>Threading: one thread.
 *
 * @param served the server; it may load the model
 * @param model an artifact
 * @param queries sent round and round
 */
record Swaps(Served served, Path model, List<Query> queries) {
  private static final int SWAPS = 8;
  private static final double LOAD = 0.5;
  private static final long HIGHEST_NANOS = 60_000_000_000L;

  /** After a swap the one before leaves; that is part of it. */
  private static final Duration LEAVING = Duration.ofMillis(200);

  /**
   * Latencies of a round in milliseconds.
   *
   * @param calmP99 while nothing else happens
   * @param swapP99 while a model is loaded, warmed, and takes over
   * @param calmMax the slowest
   * @param swapMax the slowest
   * @param swapMillis how long a swap took on average
   */
  record Result(double calmP99, double swapP99, double calmMax, double swapMax, double swapMillis) {
    double ratio() {
      return swapP99 / calmP99;
    }
  }

  /**
   * Runs a round.
   *
   * @param capacity answers a second that the server can give
   */
  Result run(double capacity, int round) throws InterruptedException {
    Histogram calm = new ConcurrentHistogram(HIGHEST_NANOS, 3);
    Histogram swap = new ConcurrentHistogram(HIGHEST_NANOS, 3);
    var load = new SwapLoad(served.client(), queries, LOAD * capacity);
    long swapNanos = 0;
    try (ModelAdmin admin = ModelAdmin.connect(served.process().address());
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < SWAPS; i++) {
        long seed = (long) round * SWAPS + i;
        long began = System.nanoTime();
        Future<?> swapping =
            other.submit(() -> {
              var _ = admin.load(model.toString(), "");
              Thread.sleep(LEAVING);
              return null;
            });
        load.during(swapping, swap, seed);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        swapNanos += took.minus(LEAVING).toNanos();
        Future<?> nothing =
            other.submit(() -> {
              Thread.sleep(took);
              return null;
            });
        load.during(nothing, calm, -seed);
      }
    }
    return new Result(
        millis(calm.getValueAtPercentile(99)),
        millis(swap.getValueAtPercentile(99)),
        millis(calm.getMaxValue()),
        millis(swap.getMaxValue()),
        millis(swapNanos) / SWAPS);
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
