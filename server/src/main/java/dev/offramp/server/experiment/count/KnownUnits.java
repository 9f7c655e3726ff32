package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.state.CountBatch.ExposedUnit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/*
 * A unit comes again and again, and the database is to hear of it once. Telling it each time is a
 * statement each time, which finds the row there. So what it was told is remembered here, as 128 bits of
 * SHA-256 in one array: four megabytes that the garbage collector never looks into. Units that fall on the
 * same few places push the one out that was told first; it is told once more, which changes nothing. With one
 * place for each, a twentieth of ten thousand units did so again and again.
 */

/**
 * Units of which the database knows.
 *
 * <p>Threading: one thread.
 */
final class KnownUnits {
  private static final int PLACES = 1 << 18;

  /** Places that a unit may have. */
  private static final int WAYS = 4;

  private final long[] digests = new long[2 * PLACES];
  private final MessageDigest sha;

  /** None yet. */
  KnownUnits() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /** Whether the database knows this one for certain. */
  boolean contains(ExposedUnit unit) {
    ByteBuffer digest = digest(unit);
    int first = first(digest);
    for (int at = first; at < first + 2 * WAYS; at += 2) {
      if (digests[at] == digest.getLong(0) && digests[at + 1] == digest.getLong(8)) {
        return true;
      }
    }
    return false;
  }

  /** Notes that it does. */
  void add(ExposedUnit unit) {
    ByteBuffer digest = digest(unit);
    int first = first(digest);
    System.arraycopy(digests, first, digests, first + 2, 2 * (WAYS - 1));
    digests[first] = digest.getLong(0);
    digests[first + 1] = digest.getLong(8);
  }

  /** Notes that it may have become another database. */
  void clear() {
    Arrays.fill(digests, 0);
  }

  private ByteBuffer digest(ExposedUnit unit) {
    update(unit.experiment());
    update(unit.arm());
    return ByteBuffer.wrap(sha.digest(unit.unit().getBytes(StandardCharsets.UTF_8)));
  }

  /** Names have no NUL in them. */
  private void update(String name) {
    sha.update(name.getBytes(StandardCharsets.UTF_8));
    sha.update((byte) 0);
  }

  private static int first(ByteBuffer digest) {
    return 2 * WAYS * (digest.getInt(16) & (PLACES / WAYS - 1));
  }
}
