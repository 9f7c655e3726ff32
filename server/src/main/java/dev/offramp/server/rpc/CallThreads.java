package dev.offramp.server.rpc;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The threads that calls run on until workers have their texts.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends them, after the server that
 * uses them.
 *
 * @param handlers run what may wait for files and the database; none of them waits for a worker
 * @param longTexts run calls with long texts
 * @param loops are the connections'
 */
public record CallThreads(ExecutorService handlers, LongTexts longTexts, EventLoops loops)
    implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(CallThreads.class);

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  /** As many as this host has use for. */
  public static CallThreads open() {
    int cpus = Runtime.getRuntime().availableProcessors();
    return new CallThreads(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("offramp-rpc-", 0).factory()),
        new LongTexts(cpus),
        EventLoops.open(cpus));
  }

  @Override
  public void close() {
    longTexts.close();
    handlers.shutdown();
    try {
      if (!handlers.awaitTermination(CLOSE_LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
        log.error("A call has not ended after {}, and is left behind", CLOSE_LIMIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loops.close();
  }
}
