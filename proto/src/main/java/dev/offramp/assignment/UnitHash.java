package dev.offramp.assignment;

/*
 * GrowthBook's hash, version 2, fixed to UTF-8. Twice FNV-1a over 32 bits: of the seed and the unit,
 * then of that number's decimal digits. Once alone would not do: the last step of FNV-1a multiplies,
 * so units that differ in their last character alone come out in even steps.
 *
 * GrowthBook's SDKs agree on ASCII alone, since some hash UTF-16 units and some bytes. Here it is
 * bytes, always: docs/experiments.md has vectors for other languages to be held against. Bytes are
 * made from the characters one by one, so that nothing is allocated on the way of a request.
 */

/**
 * Where a unit falls: a pure function of a seed and the unit's name, the same on every machine and
 * for ever.
 *
 * <p>Seed and unit are hashed as the UTF-8 bytes of each, one after the other. A surrogate without
 * its other half counts as {@code ?}, as {@code String.getBytes(UTF_8)} has it.
 *
 * <p>Threading: pure functions, which allocate nothing. Source: GrowthBook's SDK specification,
 * hash version 2.
 */
public final class UnitHash {
  /** How many buckets there are: a bucket is a ten-thousandth of all units. */
  public static final int BUCKETS = 10_000;

  private static final int OFFSET = 0x811C9DC5;
  private static final int PRIME = 0x01000193;

  private UnitHash() {}

  /**
   * The bucket of {@code unit}, from 0 to {@link #BUCKETS} - 1.
   *
   * @param seed keeps experiments apart: with another seed units fall independently
   * @param unit the unit's name
   */
  public static int bucket(String seed, String unit) {
    return bucket(start(seed), unit);
  }

  /** What has been made of a seed, from which {@link #bucket(int, String)} goes on. */
  static int start(String seed) {
    return add(OFFSET, seed);
  }

  static int bucket(int start, String unit) {
    return Integer.remainderUnsigned(decimal(add(start, unit)), BUCKETS);
  }

  private static int add(int hash, String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        hash = add(hash, c);
      } else if (c < 0x800) {
        hash = add(hash, 0xC0 | (c >> 6));
        hash = add(hash, continuation(c));
      } else if (!Character.isSurrogate(c)) {
        hash = add(hash, 0xE0 | (c >> 12));
        hash = add(hash, continuation(c >> 6));
        hash = add(hash, continuation(c));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        hash = add(hash, 0xF0 | (point >> 18));
        hash = add(hash, continuation(point >> 12));
        hash = add(hash, continuation(point >> 6));
        hash = add(hash, continuation(point));
      } else {
        hash = add(hash, '?');
      }
    }
    return hash;
  }

  private static int continuation(int bits) {
    return 0x80 | (bits & 0x3F);
  }

  private static int add(int hash, int octet) {
    return (hash ^ octet) * PRIME;
  }

  /* FNV-1a of an unsigned number's decimal digits, which are stacked in a long, four bits each. */
  private static int decimal(int number) {
    long rest = Integer.toUnsignedLong(number);
    long stack = 0;
    int digits = 0;
    do {
      long tenth = rest / 10;
      stack = (stack << 4) | (rest - 10 * tenth);
      rest = tenth;
      digits++;
    } while (rest != 0);
    int hash = OFFSET;
    for (int i = 0; i < digits; i++) {
      hash = add(hash, '0' + (int) (stack & 0xF));
      stack >>>= 4;
    }
    return hash;
  }
}
