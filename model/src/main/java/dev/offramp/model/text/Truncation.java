package dev.offramp.model.text;

/**
 * Cuts an encoded text to a length, so that every special token around and between its parts stays.
 *
 * <p>Of a pair, the longer part loses words first; once both are cut, an odd word left goes to the
 * second, or to the first where that was the longer. This is the tokenizers library's {@code
 * longest_first}.
 */
final class Truncation {
  private static final int FIRST = 0;
  private static final int SECOND = 1;

  private Truncation() {}

  /**
   * Cuts a text of {@code ids} and segment {@code types} to at most {@code limit} tokens.
   *
   * @param parts of each token the part it is of, 0 or 1; another number for special tokens
   * @throws TextTooLongException if the special tokens alone are more than {@code limit}
   */
  static EncodedText cut(int[] ids, int[] types, int[] parts, int limit) {
    int firstWords = count(parts, FIRST);
    int secondWords = count(parts, SECOND);
    int words = limit - (ids.length - firstWords - secondWords);
    if (words < 0) {
      throw new TextTooLongException(ids.length, limit);
    }
    int shorter = Math.min(Math.min(firstWords, secondWords), words / 2);
    int first = secondWords == 0 || firstWords > secondWords ? words - shorter : shorter;
    int second = words - first;
    int[] cutIds = new int[limit];
    int[] cutTypes = new int[limit];
    int kept = 0;
    for (int t = 0; t < ids.length; t++) {
      boolean stays =
          switch (parts[t]) {
            case FIRST -> first-- > 0;
            case SECOND -> second-- > 0;
            default -> true;
          };
      if (stays) {
        cutIds[kept] = ids[t];
        cutTypes[kept++] = types[t];
      }
    }
    return EncodedText.of(cutIds, cutTypes);
  }

  private static int count(int[] parts, int part) {
    int count = 0;
    for (int each : parts) {
      count += each == part ? 1 : 0;
    }
    return count;
  }
}
