package dev.offramp.bench.serving;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Texts that no cache has: sentences with their words in another order each time. A text costs what
 * its sentence does, since as many tokens go through the layers.
 *
 * <p>Threading: one thread at a time.
 */
final class FreshTexts {

  /** Their orders are so many, 3.6 million, that one seldom comes twice. */
  private static final int FEWEST_WORDS = 10;

  private final List<List<String>> sentences;
  private final Random random;
  private int next;

  /**
   * Takes the longer ones of some sentences.
   *
   * @throws IllegalArgumentException if none has ten words
   */
  FreshTexts(List<String> sentences, long seed) {
    this.sentences =
        sentences.stream()
            .map(sentence -> Arrays.asList(sentence.split(" ")))
            .filter(words -> words.size() >= FEWEST_WORDS)
            .toList();
    if (this.sentences.isEmpty()) {
      throw new IllegalArgumentException(
          "sentences: %d, none of %d words (expected: at least one)"
              .formatted(sentences.size(), FEWEST_WORDS));
    }
    this.random = new Random(seed);
  }

  /** So many more. */
  List<String> next(int count) {
    return IntStream.range(0, count).mapToObj(_ -> next()).toList();
  }

  private String next() {
    List<String> words = sentences.get(next++ % sentences.size());
    Collections.shuffle(words, random);
    return String.join(" ", words);
  }
}
