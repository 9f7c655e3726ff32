package dev.offramp.server.rpc;

import dev.offramp.model.io.DurationText;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** How threads of a server that closes end: what hangs is left behind, and does not hold it up. */
final class Ending {

  private static final Logger log = LogManager.getLogger(Ending.class);

  private Ending() {}

  /** Takes no more tasks, and waits for those that there are, within the limit. */
  static void await(ExecutorService tasks, String what, Duration limit) {
    tasks.shutdown();
    try {
      if (!tasks.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        log.error(
            "{} has not ended after {}, and is left behind", what, DurationText.format(limit));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
