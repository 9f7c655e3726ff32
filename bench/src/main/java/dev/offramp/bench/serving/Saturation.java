package dev.offramp.bench.serving;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A load that has always so many on their way: each that ends is followed by the next. What ends
 * within a window after a warm-up counts, or all of a number that is sent.
 *
 * <p>A window is from one end to another: texts of a large model end a batch at a time, and whether
 * one more batch of some dozens ends before a clock does is no throughput.
 *
 * <p>Threading: one thread runs it; ends come on any.
 */
final class Saturation {

  /**
   * What came of it.
   *
   * @param perSecond ends a second
   * @param mean of what each counted for
   */
  record Result(double perSecond, double mean) {}

  private final int inFlight;
  private final AtomicLong ends = new AtomicLong();
  private final AtomicLong counted = new AtomicLong();
  private final AtomicLong lastNanos = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final CountDownLatch over;
  private volatile boolean stopping;

  /** How many may still be sent. */
  private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);

  Saturation(int inFlight) {
    this.inFlight = inFlight;
    this.over = new CountDownLatch(inFlight);
  }

  /**
   * Runs it to its end.
   *
   * @param next sends one, of which {@link #ended} or {@link #failed} is to be told
   * @param onWindow runs when the window begins
   */
  Result run(Runnable next, Duration warmUp, Duration window, Runnable onWindow)
      throws InterruptedException {
    lastNanos.set(System.nanoTime());
    for (int i = 0; i < inFlight; i++) {
      next.run();
    }
    Thread.sleep(warmUp);
    onWindow.run();
    Mark from = mark();
    Thread.sleep(window);
    Mark to = mark();
    double seconds = (to.nanos() - from.nanos()) / 1e9;
    double within = to.ends() - from.ends();
    double sum = to.counted() - from.counted();
    stopping = true;
    over.await();
    requireNoFailure();
    if (within == 0) {
      throw new IllegalStateException(
          "window: %s, in which nothing ended (expected: a longer one; see --seconds)"
              .formatted(window));
    }
    return new Result(within / seconds, sum / within);
  }

  /** What had ended, and when the last of it did. */
  private record Mark(long ends, long counted, long nanos) {}

  private Mark mark() {
    while (true) {
      long before = ends.get();
      var mark = new Mark(before, counted.get(), lastNanos.get());
      if (ends.get() == before) {
        return mark;
      }
    }
  }

  /**
   * Runs it until a number of them has ended.
   *
   * @param count how many, at least those that are on their way
   */
  Result runThrough(Runnable next, int count) throws InterruptedException {
    left.set(count - inFlight);
    long began = System.nanoTime();
    for (int i = 0; i < inFlight; i++) {
      next.run();
    }
    over.await();
    double seconds = (System.nanoTime() - began) / 1e9;
    requireNoFailure();
    return new Result(count / seconds, (double) counted.get() / count);
  }

  private void requireNoFailure() {
    Throwable cause = failure.get();
    if (cause != null) {
      throw new IllegalStateException("the load failed: " + cause, cause);
    }
  }

  /**
   * One has ended.
   *
   * @param counts for so much
   * @param next sends the next one
   */
  void ended(long counts, Runnable next) {
    counted.addAndGet(counts);
    lastNanos.set(System.nanoTime());
    ends.incrementAndGet();
    if (stopping || left.decrementAndGet() < 0) {
      over.countDown();
    } else {
      next.run();
    }
  }

  /** One has failed; none follows it. */
  void failed(Throwable cause) {
    failure.compareAndSet(null, cause);
    over.countDown();
  }
}
