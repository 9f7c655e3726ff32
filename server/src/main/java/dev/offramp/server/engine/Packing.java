package dev.offramp.server.engine;

import dev.offramp.model.text.EncodedText;
import java.util.List;

/**
 * Where the texts of a token-packed batch lie: text {@code s} owns rows {@code offset(s)} to {@code
 * offset(s + 1)}, without padding.
 *
 * <p>Threading: one thread at a time.
 */
public final class Packing {
  private final int maxTokens;
  private final int[] offsets;
  private int sequences;

  /** An empty batch that may grow to this size. */
  public Packing(int maxTokens, int maxSequences) {
    this.maxTokens = maxTokens;
    this.offsets = new int[maxSequences + 1];
  }

  /** Lays these texts out, forgetting those before. */
  public void start(List<EncodedText> texts) {
    if (texts.isEmpty() || texts.size() >= offsets.length) {
      throw new IllegalArgumentException(
          "texts: " + texts.size() + " (expected: 1 to " + (offsets.length - 1) + ")");
    }
    long tokens = 0;
    for (EncodedText text : texts) {
      tokens += text.length();
    }
    if (tokens > maxTokens) {
      throw new IllegalArgumentException(
          "tokens: " + tokens + " (expected: at most " + maxTokens + ")");
    }
    sequences = texts.size();
    for (int s = 0; s < sequences; s++) {
      offsets[s + 1] = offsets[s] + texts.get(s).length();
    }
  }

  /** Makes the batch empty. */
  public void clear() {
    sequences = 0;
  }

  /** Lays a text of so many tokens behind the others. */
  public void add(int tokens) {
    if (sequences + 1 >= offsets.length || tokens > maxTokens - tokens()) {
      throw new IllegalArgumentException(
          "texts: %d, tokens: %d (expected: at most %d and %d)"
              .formatted(sequences + 1, tokens() + tokens, offsets.length - 1, maxTokens));
    }
    offsets[sequences + 1] = offsets[sequences] + tokens;
    sequences++;
  }

  /**
   * Keeps only the survivors and moves them together.
   *
   * @param survivors rising indices of texts; may be longer
   * @param count how many of them count
   * @param rows written: for each row that remains, the row where it was; may be longer
   */
  public void keep(int[] survivors, int count, int[] rows) {
    if (count < 1 || count > sequences) {
      throw new IllegalArgumentException("count: " + count + " (expected: 1 to " + sequences + ")");
    }
    int row = 0;
    int previous = -1;
    for (int s = 0; s < count; s++) {
      int survivor = survivors[s];
      if (survivor <= previous || survivor >= sequences) {
        throw new IllegalArgumentException(
            "survivor: " + survivor + " (expected: " + (previous + 1) + " to " + sequences + ")");
      }
      previous = survivor;
      // Survivors rise, so what is read here has not been overwritten yet.
      int from = offsets[survivor];
      int to = offsets[survivor + 1];
      offsets[s] = row;
      while (from < to) {
        rows[row++] = from++;
      }
    }
    offsets[count] = row;
    sequences = count;
  }

  /** Texts in the batch. */
  public int sequences() {
    return sequences;
  }

  /** Tokens in the batch. */
  public int tokens() {
    return offsets[sequences];
  }

  /** The first row of text {@code s}; of the count of texts, one past the last row. */
  public int offset(int s) {
    return offsets[s];
  }

  /** The offsets, {@code sequences + 1} of them valid; not a copy. */
  public int[] offsets() {
    return offsets;
  }
}
