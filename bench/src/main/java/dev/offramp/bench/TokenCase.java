package dev.offramp.bench;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A batch of sequences of the same length, so that padding costs no one anything.
 *
 * @param sequences how many {@code B}
 * @param length tokens in each {@code L}
 */
record TokenCase(int sequences, int length) {
  private static final int MAX_SEQUENCES = 128;
  private static final int MAX_LENGTH = 512;
  private static final Pattern FORM = Pattern.compile("(\\d{1,4})x(\\d{1,4})");

  TokenCase {
    if (sequences < 1 || sequences > MAX_SEQUENCES || length < 1 || length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "tokens: %dx%d (expected: 1 to %d sequences of 1 to %d tokens)"
              .formatted(sequences, length, MAX_SEQUENCES, MAX_LENGTH));
    }
  }

  /** Reads {@code BxL}. */
  static TokenCase parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "tokens: '" + text + "' (expected: SEQUENCESxLENGTH, as in 8x32)");
    }
    return new TokenCase(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** The case that these texts are, all of one length. */
  static TokenCase of(List<EncodedText> texts) {
    int length = texts.getFirst().length();
    if (texts.stream().anyMatch(text -> text.length() != length)) {
      throw new IllegalArgumentException(
          "texts: of several lengths (expected: all " + length + ")");
    }
    return new TokenCase(texts.size(), length);
  }

  /** Tokens in the batch. */
  int tokens() {
    return sequences * length;
  }

  /**
   * Floating point operations of one layer, a multiplication and an addition counted as two: the
   * four projections, the two halves of the feed-forward layer, scores and their mix. Softmax, GELU
   * and LayerNorm are not counted.
   */
  long layerOperations(ModelConfig config) {
    long h = config.hiddenSize();
    long projections = 4 * h * h + 2 * h * config.intermediateSize();
    long attention = 2 * h * length;
    return 2L * tokens() * (projections + attention);
  }

  @Override
  public String toString() {
    return sequences + "x" + length;
  }
}
