package dev.offramp.server.rpc;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/*
 * A long text of nothing but punctuation has a token a byte, and each token takes a hundred bytes of heap
 * until it is known that there are too many. So few are tokenized at once, and those that wait
 * take no more memory than is set aside for them, however many callers there are.
 */

/**
 * Where calls with long texts run, until the engine has them.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends its threads.
 */
public final class LongTexts implements AutoCloseable {

  /** What messages that wait here may take together. */
  private static final int MOST_BYTES = 64 << 20;

  private final Semaphore room = new Semaphore(MOST_BYTES);
  private final ExecutorService threads;

  /** With so many threads. */
  public LongTexts(int threads) {
    this.threads =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("offramp-long-", 0).factory());
  }

  /**
   * Runs a call, soon.
   *
   * @param bytes the size of its message
   * @throws RejectedExecutionException if others have taken the room
   */
  void run(int bytes, Runnable call) {
    int taken = Math.min(bytes, Listener.MOST_MESSAGE_BYTES); // Which is what a packed one has.
    if (!room.tryAcquire(taken)) {
      throw new RejectedExecutionException("no room");
    }
    try {
      threads.execute(() -> {
        try {
          call.run();
        } finally {
          room.release(taken);
        }
      });
    } catch (RejectedExecutionException e) {
      room.release(taken);
      throw e;
    }
  }

  /** Begins no more; what is under way ends by itself. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
