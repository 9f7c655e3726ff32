package dev.offramp.trainer;

import java.util.stream.IntStream;

/**
 * Where the words of a text are. Tokenizers put a special token before it and one behind it;
 * between the texts of a pair stands the last one again, in RoBERTa twice.
 */
final class Words {

  /** The places of all tokens but special ones, in order. */
  static int[] of(int[] ids) {
    int last = ids.length - 1;
    return IntStream.range(1, last).filter(i -> ids[i] != ids[0] && ids[i] != ids[last]).toArray();
  }

  private Words() {}
}
