package dev.offramp.server.cache;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Hidden rows of texts, bounded in bytes; the oldest go first.
 *
 * <p>Threading: safe for all threads. Those that come with different texts rarely wait for each
 * other.
 */
final class RowStore {
  /** Said of rows that are not stored. */
  static final long NOWHERE = RowRing.NOWHERE;

  private static final long RING_BYTES = 8L << 20;
  private static final int MOST_RINGS = 64;

  private final RowRing[] rings;

  /** Room for so many bytes. */
  RowStore(long bytes) {
    int count = Math.clamp(bytes / RING_BYTES, 1, MOST_RINGS);
    int capacity = (int) Math.min(bytes / count / Float.BYTES, Integer.MAX_VALUE - 8);
    rings = Stream.generate(() -> new RowRing(capacity)).limit(count).toArray(RowRing[]::new);
  }

  /**
   * Stores a copy of rows.
   *
   * @return where they are; {@link #NOWHERE} if there is no room for so many
   */
  long put(TextKey key, float[] rows) {
    return ring(key).put(rows);
  }

  /**
   * A copy of rows.
   *
   * @param where what {@link #put} said for this key
   * @param length how many values it stored
   * @return null if they are gone
   */
  float @Nullable [] get(TextKey key, long where, int length) {
    return where == NOWHERE ? null : ring(key).get(where, length);
  }

  /** The memory of the rows, about, in bytes. */
  long bytes() {
    return Stream.of(rings).mapToLong(RowRing::held).sum() * Float.BYTES;
  }

  private RowRing ring(TextKey key) {
    int hash = key.hashCode() * 0x9E3779B9; // Neighbours are to go apart.
    return rings[(hash >>> 16) % rings.length];
  }
}
