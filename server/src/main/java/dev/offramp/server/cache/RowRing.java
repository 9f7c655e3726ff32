package dev.offramp.server.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/*
 * Hidden rows are large and come fast: of the model that ships some 5 KB a text, thousands of texts a
 * second. As objects they outlived the young generation and were copied by the collector, one by one
 * (docs/decisions/0036). So they are copied into one long array that the collector never looks into. It
 * is written round and round, and the oldest rows are overwritten. Where rows are is a number that only
 * grows, so whether they have been overwritten since is one comparison.
 */

/**
 * The hidden rows stored last, in a bounded array written round and round.
 *
 * <p>Threading: safe for all threads; they take turns for the time of a copy.
 */
final class RowRing {
  /** What {@link #put} says if the rows do not fit at all. */
  static final long NOWHERE = -1;

  /** Of the array, in values; it doubles from there. */
  private static final int FIRST_LENGTH = 1 << 14;

  private final int capacity;

  /** Grows to the capacity before it is written a second time. Guarded by this. */
  private float[] values = {};

  /** How many values were ever written, with those left out at the end. Guarded by this. */
  private long head;

  /** Room for so many values. */
  RowRing(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Stores rows in the place of the oldest ones.
   *
   * @return where they are
   */
  synchronized long put(float[] rows) {
    if (rows.length > capacity) {
      return NOWHERE;
    }
    int at = (int) (head % capacity);
    if (at + rows.length > capacity) {
      head += capacity - at;
      at = 0;
    }
    int end = at + rows.length;
    if (end > values.length) {
      long twice = Math.max(FIRST_LENGTH, 2L * values.length);
      values = Arrays.copyOf(values, (int) Math.min(capacity, Math.max(end, twice)));
    }
    System.arraycopy(rows, 0, values, at, rows.length);
    long where = head;
    head += rows.length;
    return where;
  }

  /**
   * A copy of what was stored there.
   *
   * @param where what {@link #put} said
   * @param length how many values it stored
   * @return null if they have been overwritten
   */
  synchronized float @Nullable [] get(long where, int length) {
    if (head - where > capacity) {
      return null;
    }
    int at = (int) (where % capacity);
    return Arrays.copyOfRange(values, at, at + length);
  }

  /** The values it holds that have not been overwritten, about. */
  synchronized long held() {
    return Math.min(head, capacity);
  }
}
