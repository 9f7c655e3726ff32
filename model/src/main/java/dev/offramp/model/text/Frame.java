package dev.offramp.model.text;

/**
 * What a tokenizer puts around the pieces of a text or a pair, read from what it made of a sample.
 *
 * <p>Shapes: all {@code [T]} of the sample.
 *
 * @param ids the sample's
 * @param types the sample's
 * @param parts which part each token belongs to; that of special tokens is none's
 */
@SuppressWarnings("ArrayRecordComponent") // Nothing compares frames.
record Frame(int[] ids, int[] types, int[] parts) {

  /**
   * The tokens of pieces in this frame: those of the text, then those of the pair if it has one.
   */
  EncodedText around(int[]... pieces) {
    int length = 0;
    for (int i = 0; i < ids.length; i++) {
      length += width(i, pieces);
    }
    var framedIds = new int[length];
    var framedTypes = new int[length];
    int at = 0;
    for (int i = 0; i < ids.length; i++) {
      int width = width(i, pieces);
      for (int p = 0; p < width; p++, at++) {
        framedIds[at] = isSpecial(i, pieces) ? ids[i] : pieces[parts[i]][p];
        framedTypes[at] = types[i];
      }
    }
    return EncodedText.owning(framedIds, framedTypes);
  }

  /** How many tokens take the place of one of the sample. */
  private int width(int token, int[][] pieces) {
    if (isSpecial(token, pieces)) {
      return 1;
    }
    boolean begins = token == 0 || parts[token - 1] != parts[token];
    return begins ? pieces[parts[token]].length : 0;
  }

  private boolean isSpecial(int token, int[][] pieces) {
    return parts[token] < 0 || parts[token] >= pieces.length;
  }
}
