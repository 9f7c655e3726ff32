package dev.offramp.trainer;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets a run end between two steps, its state saved, when the process is told to end.
 *
 * <p>Without it libtorch would be torn down under a running operation, which crashes the process.
 */
final class StopAtShutdown implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final AtomicBoolean requested = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "offramp-training-stop");

  StopAtShutdown() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether the run is to stop. */
  boolean requested() {
    return requested.get();
  }

  private void stop() {
    requested.set(true);
    // Log4j may be down already: its hook runs beside this one.
    System.err.println(
        "\nstopping after this step; the same command, started again, goes on from there");
    try {
      boolean inTime = ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!inTime) {
        System.err.println("training did not stop within " + PATIENCE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says that the run has ended, one way or another. */
  @Override
  public void close() {
    ended.countDown();
    if (!requested()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process has begun to end by itself: the hook finds the run ended.
        return;
      }
    }
  }
}
