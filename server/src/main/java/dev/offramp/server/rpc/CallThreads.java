package dev.offramp.server.rpc;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

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
public record CallThreads(ExecutorService handlers, LongTexts longTexts, EventLoops loops) {

  /** As many as this host has use for. */
  public static CallThreads open() {
    int cpus = Runtime.getRuntime().availableProcessors();
    return new CallThreads(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("offramp-rpc-", 0).factory()),
        new LongTexts(cpus, System::nanoTime),
        EventLoops.open(cpus));
  }

  /** Ends them, within the limit: what hangs is left behind. */
  public void close(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    longTexts.close();
    Ending.await(handlers, "A call", limit);
    loops.close(Duration.ofNanos(deadline - System.nanoTime()));
  }
}
