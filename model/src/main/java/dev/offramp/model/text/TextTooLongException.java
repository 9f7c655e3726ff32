package dev.offramp.model.text;

/** A text that has more tokens than the model takes. */
public final class TextTooLongException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int length;
  private final int limit;

  /** A text of {@code length} tokens where at most {@code limit} fit. */
  public TextTooLongException(int length, int limit) {
    super(
        "text: "
            + length
            + " tokens with special tokens (expected: at most "
            + limit
            + "). Shorten it, or ask for truncation.");
    this.length = length;
    this.limit = limit;
  }

  /** Tokens of the text, special tokens included. */
  public int length() {
    return length;
  }

  /** Tokens that the model takes. */
  public int limit() {
    return limit;
  }
}
