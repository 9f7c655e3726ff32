package dev.offramp.cli;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryNotificationInfo;
import java.lang.management.MemoryPoolMXBean;
import java.util.Optional;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
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

  /**
   * How large it may get with so much that lives.
   *
   * @param most how large it ever may; -1 if nobody knows
   */
  static long limit(long live, long most) {
    long limit = live + Math.max(LEAST_DEAD, 2 * live);
    return most < 0 || limit <= most ? limit : live + (most - live) / 2;
  }

  private void watch() {
    var memory = (NotificationEmitter) ManagementFactory.getMemoryMXBean();
    memory.addNotificationListener((_, _) -> collect(), this::isOurs, null);
    await(pool.getUsage().getUsed());
  }

  private boolean isOurs(Notification notice) {
    return notice.getType().equals(MemoryNotificationInfo.MEMORY_THRESHOLD_EXCEEDED)
        && notice.getUserData() instanceof CompositeData data
        && MemoryNotificationInfo.from(data).getPoolName().equals(pool.getName());
  }

  private void collect() {
    long before = pool.getUsage().getUsed();
    System.gc();
    long live = pool.getUsage().getUsed();
    log.debug("Old generation: {} MiB, of which {} MiB live", before >> 20, live >> 20);
    await(live);
  }

  private void await(long live) {
    pool.setUsageThreshold(limit(live, pool.getUsage().getMax()));
  }
}
