package dev.offramp.model.text;

import java.util.Arrays;

/**
 * Cuts an encoded text to a length, longest part first, so that every part still ends in its
 * separator.
 */
final class Truncation {
  private Truncation() {}

  static EncodedText cut(int[] ids, int[] types, int limit) {
    int firstEnd = 0; // One past the separator of the first part.
    while (firstEnd < types.length && types[firstEnd] == 0) {
      firstEnd++;
    }
    int first = firstEnd;
    int second = ids.length - firstEnd;
    while (first + second > limit) {
      if (first >= second) {
        first--;
      } else {
        second--;
      }
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
