package dev.offramp.assignment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UnitHashTest {

  @ParameterizedTest
  @CsvSource({"'', a, 216", "'', b, 9054", "b, a, 6650", "seed, user-1, 4232"})
  void bucket_publishedVectors_isTheirs(String seed, String unit, int bucket) {
    assertThat(UnitHash.bucket(seed, unit)).isEqualTo(bucket);
  }

  /* Those of docs/experiments.md. */
  @ParameterizedTest
  @CsvSource({
    "'', '', 2305",
    "seed, zo\u00EB, 8807",
    "gr\u00F6\u00DFe, \u7528\u6237-1, 6761",
    "seed, \u043F\u043E\u043B\u044C\u0437\u043E\u0432\u0430\u0442\u0435\u043B\u044C, 7499",
    "seed, \uD83D\uDE80, 5938",
    "\u5B9F\u9A13, \uD83D\uDC69\u200D\uD83D\uDCBB, 6860",
    "seed, \u00E9, 9593",
    "seed, e\u0301, 6216"
  })
  void bucket_vectorsOfOurs_isTheirs(String seed, String unit, int bucket) {
    assertThat(UnitHash.bucket(seed, unit)).isEqualTo(bucket);
  }

  @Test
  void bucket_randomText_isThatOfItsUtf8Bytes() {
    long seed = 11;
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      String salt = text(random);
      String unit = text(random);
      // Halves of a pair that only meet where the two texts join are two halves, not a pair.
      if (!salt.isEmpty() && Character.isHighSurrogate(salt.charAt(salt.length() - 1))) {
        salt += "|";
      }
      assertThat(UnitHash.bucket(salt, unit))
          .as("seed %d, round %d", seed, i)
          .isEqualTo(PlainHash.bucket(salt, unit));
    }
  }

  /* Of all lengths of UTF-8, with whole pairs and halves of pairs, also at the ends. */
  private static String text(Random random) {
    var text = new StringBuilder();
    int length = random.nextInt(8);
    for (int i = 0; i < length; i++) {
      switch (random.nextInt(6)) {
        case 0 -> text.append((char) random.nextInt(0x80));
        case 1 -> text.append((char) (0x80 + random.nextInt(0x780)));
        case 2 -> text.append((char) (0x800 + random.nextInt(0xD000)));
        case 3 -> text.appendCodePoint(0x10000 + random.nextInt(0x100000));
        case 4 -> text.append((char) (0xD800 + random.nextInt(0x400)));
        default -> text.append((char) (0xDC00 + random.nextInt(0x400)));
      }
    }
    return text.toString();
  }

  @Test
  void bucket_halvesOfPairs_countAsQuestionMarks() {
    assertThat(UnitHash.bucket("s", "a\uD83D")).isEqualTo(UnitHash.bucket("s", "a?"));
    assertThat(UnitHash.bucket("s", "\uDE80b")).isEqualTo(UnitHash.bucket("s", "?b"));
    assertThat(UnitHash.bucket("s", "\uDE80\uD83D")).isEqualTo(UnitHash.bucket("s", "??"));
    assertThat(UnitHash.bucket("s\uD83D", "\uDE80")).isEqualTo(UnitHash.bucket("s?", "?"));
  }

  @Test
  void bucket_unitsInARow_fillTheBucketsEvenly() {
    for (String seed : new String[] {"", "exp-1", "exp-2", "checkout-2026"}) {
      var counts = new int[UnitHash.BUCKETS];
      for (int i = 0; i < 1_000_000; i++) {
        counts[UnitHash.bucket(seed, "user-" + i)]++;
      }
      assertThat(ChiSquare.ofEqual(counts))
          .as("seed '%s'", seed)
          .isLessThan(ChiSquare.onceInAMillion(counts.length - 1));
    }
  }

  @Test
  void bucket_twoSeeds_areIndependent() {
    String[][] pairs = {{"exp-1", "exp-2"}, {"a", "b"}, {"checkout", "checkout:salt"}};
    for (String[] pair : pairs) {
      var cells = new int[10 * 10];
      for (int i = 0; i < 400_000; i++) {
        String unit = Integer.toString(i);
        cells[
            UnitHash.bucket(pair[0], unit) / 1_000 * 10 + UnitHash.bucket(pair[1], unit) / 1_000]++;
      }
      assertThat(ChiSquare.ofEqual(cells))
          .as("seeds %s and %s", pair[0], pair[1])
          .isLessThan(ChiSquare.onceInAMillion(cells.length - 1));
    }
  }
}
