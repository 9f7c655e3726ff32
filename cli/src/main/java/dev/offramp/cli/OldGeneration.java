package dev.offramp.cli;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryNotificationInfo;
import java.lang.management.MemoryPoolMXBean;
import java.util.Optional;
import javax.management.NotificationEmitter;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * A call that waits outlives the young generation. Under more load than can be served many do, and the
 * serial collector moves them to the old one, where they lie dead until the heap is as large as it
 * may ever be: a quarter of the machine's memory, of a server that lives in 15 MB of heap. In eight
 * seconds at twice the capacity it grew by 200 MB. So the old generation is collected once as much in it may
 * be dead as a pause is worth: what takes the time is what lives, and that is little.
 */

/**
 * Keeps the serial collector's old generation near what lives in it.
 *
 * <p>Threading: collects on the JVM's own thread for such notices.
 */
final class OldGeneration {
  /** What may be dead at least, before it is worth a pause. */
  static final long LEAST_DEAD = 128L << 20;

  private static final Logger log = LogManager.getLogger(OldGeneration.class);

  private final MemoryPoolMXBean pool;

  private OldGeneration(MemoryPoolMXBean pool) {
    this.pool = pool;
  }

  /** Begins, where the JVM collects serially; others look after their old generation themselves. */
  static void tend() {
    tenured().map(OldGeneration::new).ifPresent(OldGeneration::watch);
  }

  static Optional<MemoryPoolMXBean> tenured() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getName().equals("Tenured Gen") && pool.isUsageThresholdSupported())
        .findFirst();
  }

  /** How large it may get with so much that lives. */
  static long limit(long live) {
    return live + Math.max(LEAST_DEAD, 2 * live);
  }

  private void watch() {
    var memory = (NotificationEmitter) ManagementFactory.getMemoryMXBean();
    memory.addNotificationListener(
        (_, _) -> collect(),
        notice -> notice.getType().equals(MemoryNotificationInfo.MEMORY_THRESHOLD_EXCEEDED),
        null);
    await(pool.getUsage().getUsed());
  }

  private void collect() {
    long before = pool.getUsage().getUsed();
    System.gc();
    long live = pool.getUsage().getUsed();
    log.debug("Old generation: {} MiB, of which {} MiB live", before >> 20, live >> 20);
    await(live);
  }

  /* Above what it may ever be, the collector comes by itself. */
  private void await(long live) {
    long most = pool.getUsage().getMax();
    long limit = limit(live);
    pool.setUsageThreshold(most >= 0 && limit > most ? 0 : limit); // 0: none.
  }
}
