package dev.offramp.model.text;

import java.util.Arrays;

/**
 * Cuts an encoded text to a length, so that {@code [CLS]} and every separator stay.
 *
 * <p>Of a pair, the longer part loses words first; once both are cut, an odd word left goes to the
 * second, or to the first where that was the longer. This is the tokenizers library's {@code
 * longest_first}.
 */
final class Truncation {
  private static final int FIRST_SPECIALS = 2; // [CLS] and [SEP].
  private static final int SECOND_SPECIALS = 1; // [SEP].

  private Truncation() {}

  static EncodedText cut(int[] ids, int[] types, int limit) {
    int firstEnd = 0; // One past the separator of the first part.
    while (firstEnd < types.length && types[firstEnd] == 0) {
      firstEnd++;
    }
    int first = limit;
    int second = 0;
    if (firstEnd < ids.length) {
      int firstWords = firstEnd - FIRST_SPECIALS;
      int secondWords = ids.length - firstEnd - SECOND_SPECIALS;
      int words = limit - FIRST_SPECIALS - SECOND_SPECIALS;
      int shorter = Math.min(Math.min(firstWords, secondWords), words / 2);
      boolean firstIsLonger = firstWords > secondWords;
      second = SECOND_SPECIALS + (firstIsLonger ? shorter : words - shorter);
      first = limit - second;
    }
    int[] cutIds = new int[first + second];
    int[] cutTypes = new int[first + second];
    part(ids, types, 0, firstEnd, cutIds, cutTypes, 0, first);
    part(ids, types, firstEnd, ids.length, cutIds, cutTypes, first, second);
    return EncodedText.of(cutIds, cutTypes);
  }

  private static void part(
      int[] ids, int[] types, int from, int to, int[] cutIds, int[] cutTypes, int at, int length) {
    if (length == 0) {
      return;
    }
    System.arraycopy(ids, from, cutIds, at, length);
    cutIds[at + length - 1] = ids[to - 1]; // The separator stays.
    Arrays.fill(cutTypes, at, at + length, types[from]);
  }
}
