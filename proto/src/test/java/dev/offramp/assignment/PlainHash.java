package dev.offramp.assignment;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** The hash once more, from its definition and in the plainest way: what UnitHash is held to. */
final class PlainHash {
  private static final BigInteger PRIME = new BigInteger("01000193", 16);
  private static final BigInteger TWO_TO_32 = BigInteger.TWO.pow(32);

  private PlainHash() {}

  static int bucket(String seed, String unit) {
    return fnv(fnv(seed + unit).toString()).mod(BigInteger.valueOf(10_000)).intValueExact();
  }

  private static BigInteger fnv(String text) {
    var hash = new BigInteger("811C9DC5", 16);
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      hash = hash.xor(BigInteger.valueOf(octet & 0xFF)).multiply(PRIME).mod(TWO_TO_32);
    }
    return hash;
  }
}
