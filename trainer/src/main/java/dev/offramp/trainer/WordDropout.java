package dev.offramp.trainer;

import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import java.util.random.RandomGenerator;

/**
 * Hides tokens behind the tokenizer's {@code [MASK]} while training, so that no single word decides
 * alone.
 *
 * @param rate the share of tokens to hide
 * @param maskId what hides them
 */
record WordDropout(double rate, int maskId) {
  static WordDropout of(Tokenizer tokenizer, double rate) {
    if (rate == 0) {
      return new WordDropout(0, 0);
    }
    return new WordDropout(rate, maskId(tokenizer));
  }

  /**
   * The id of the tokenizer's {@code [MASK]}.
   *
   * @throws IllegalArgumentException if its vocabulary has none
   */
  static int maskId(Tokenizer tokenizer) {
    return tokenizer
        .maskId()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "vocabulary: has no [MASK] or <mask> (expected: one that does, or a word dropout of"
                    + " 0)"));
  }

  /** A text with some of its tokens hidden; special ones stay. */
  EncodedText apply(EncodedText text, RandomGenerator random) {
    if (rate == 0) {
      return text;
    }
    int[] ids = text.ids();
    for (int i : Words.of(ids)) {
      if (random.nextDouble() < rate) {
        ids[i] = maskId;
      }
    }
    return EncodedText.of(ids, text.types());
  }
}
