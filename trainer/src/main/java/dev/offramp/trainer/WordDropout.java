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
    int mask =
        tokenizer
            .maskId()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "word dropout: %s (expected: 0, since the vocabulary has no [MASK] or <mask>)"
                        .formatted(rate)));
    return new WordDropout(rate, mask);
  }

  /** A text with some of its tokens hidden; its first and last token stay. */
  EncodedText apply(EncodedText text, RandomGenerator random) {
    if (rate == 0) {
      return text;
    }
    int[] ids = text.ids();
    for (int i = 1; i < ids.length - 1; i++) {
      if (random.nextDouble() < rate) {
        ids[i] = maskId;
      }
    }
    return EncodedText.of(ids, text.types());
  }
}
