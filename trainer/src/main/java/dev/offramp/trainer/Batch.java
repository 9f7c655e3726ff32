package dev.offramp.trainer;

import dev.offramp.model.text.EncodedText;
import java.util.Arrays;
import java.util.List;

/**
 * Token sequences of one batch, padded to the longest of them.
 *
 * <p>Shapes: B sequences, L the longest one's tokens.
 *
 * @param rows B
 * @param length L
 * @param ids {@code [B, L]}, row after row; 0 where a sequence has ended
 * @param types {@code [B, L]}, the token types
 * @param mask {@code [B, L]}: 1 at a token, 0 where a sequence has ended
 */
@SuppressWarnings("ArrayRecordComponent") // Lives for one step, inside this package.
record Batch(int rows, int length, int[] ids, int[] types, float[] mask) {

  static Batch of(List<EncodedText> sequences) {
    int rows = sequences.size();
    int length = sequences.stream().mapToInt(EncodedText::length).max().orElse(0);
    if (length == 0) {
      throw new IllegalArgumentException("sequences: no tokens (expected: at least one)");
    }
    var ids = new int[rows * length];
    var types = new int[rows * length];
    var mask = new float[rows * length];
    for (int row = 0; row < rows; row++) {
      EncodedText tokens = sequences.get(row);
      System.arraycopy(tokens.ids(), 0, ids, row * length, tokens.length());
      System.arraycopy(tokens.types(), 0, types, row * length, tokens.length());
      Arrays.fill(mask, row * length, row * length + tokens.length(), 1f);
    }
    return new Batch(rows, length, ids, types, mask);
  }
}
