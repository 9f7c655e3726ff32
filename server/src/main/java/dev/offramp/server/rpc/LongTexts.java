package dev.offramp.server.rpc;

import dev.offramp.server.refusal.Refusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/*
 * A long text of nothing but punctuation has a token a byte, and each token takes a hundred bytes of heap
 * until it is known that there are too many. So few are tokenized at once, and those that wait
 * take no more memory than is set aside for them, however many callers there are.
 *
 * A connection may take as much of the room as it leaves free. One that floods gets half of it, two a
 * third each, and so on: a connection that comes next finds some, which a fixed share would not see to.
 */

/**
 * Where calls with long texts run, until the engine has them.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends its threads.
 */
public final class LongTexts implements AutoCloseable {

  /** What messages that wait here may take together. */
  static final int MOST_BYTES = 64 << 20;

  /** Before anything was measured: a millisecond for 4 KiB, as long as no word is known. */
  private static final double FIRST_NANOS_A_BYTE = 250;

  /** How much of the price the last call makes. */
  private static final double NEWEST = 0.1;

  private final int threadCount;
  private final ExecutorService threads;
  private final LongSupplier nanoTime;

  /** What each connection has taken. Guarded by this, as all below. */
  private final Map<Object, Integer> shares = new HashMap<>();

  private int taken;
  private double nanosAByte = FIRST_NANOS_A_BYTE;

  /** With so many threads. */
  public LongTexts(int threads, LongSupplier nanoTime) {
    this.threadCount = threads;
    this.threads =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("offramp-long-", 0).factory());
    this.nanoTime = nanoTime;
  }

  /**
   * Runs a call, soon.
   *
   * @param flow where it comes from
   * @param bytes the size of its message
   * @throws Refusal if its connection, or others, have taken the room; it says when what waits will
   *     have run, by what a byte took lately
   */
  void run(Object flow, int bytes, Runnable call) {
    int size = Math.min(bytes, Listener.MOST_MESSAGE_BYTES); // Which is what a packed one has.
    take(flow, size);
    try {
      threads.execute(() -> {
        long before = nanoTime.getAsLong();
        try {
          call.run();
        } finally {
          giveBack(flow, size);
          measure((double) (nanoTime.getAsLong() - before) / size);
        }
      });
    } catch (RejectedExecutionException _) {
      giveBack(flow, size);
      throw Refusal.closing();
    }
  }

  private synchronized void take(Object flow, int size) {
    int share = shares.getOrDefault(flow, 0);
    if (share + size > MOST_BYTES - taken - size) {
      throw Refusal.of(
          Refusal.Cause.LONG_TEXTS,
          "too many long texts wait already: %d KiB, %d KiB of them of this connection (expected: of %d KiB no more than are left free; retry later, or elsewhere)"
              .formatted(taken >> 10, share >> 10, MOST_BYTES >> 10),
          retryAfter(taken));
    }
    shares.put(flow, share + size);
    taken += size;
  }

  private synchronized void giveBack(Object flow, int size) {
    shares.computeIfPresent(flow, (_, share) -> share == size ? null : share - size);
    taken -= size;
  }

  private synchronized void measure(double nanos) {
    nanosAByte += NEWEST * (nanos - nanosAByte);
  }

  /** How long all threads together take for so much. */
  private synchronized Duration retryAfter(int bytes) {
    Duration wait = Duration.ofNanos((long) (bytes * nanosAByte / threadCount));
    return wait.compareTo(ClassifyCall.LEAST_RETRY) < 0 ? ClassifyCall.LEAST_RETRY : wait;
  }

  /** Begins no more; what is under way ends by itself. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
