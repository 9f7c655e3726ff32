package dev.offramp.bench.kernels;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The sequences that a kernel is measured on, packed one after the other.
 *
 * @param lengths tokens in each
 */
record TokenBatch(List<Integer> lengths) {
  /** From this many tokens on, sequences are long. */
  private static final int LARGE = 1024;

  private static final int SHORT_LENGTH = 32;
  private static final int LONG_LENGTH = 128;
  private static final int MAX_TOKENS = 16_384;

  TokenBatch {
    lengths = List.copyOf(lengths);
    if (lengths.isEmpty() || lengths.stream().anyMatch(length -> length < 1)) {
      throw new IllegalArgumentException("lengths: " + lengths + " (expected: some, all >= 1)");
    }
  }

  /**
   * Sequences of 32 tokens, or of 128 from 1,024 tokens on; the last has what is left.
   *
   * @param tokens of all sequences together
   */
  static TokenBatch of(int tokens) {
    if (tokens < 1 || tokens > MAX_TOKENS) {
      throw new IllegalArgumentException(
          "tokens: %d (expected: 1 to %d)".formatted(tokens, MAX_TOKENS));
    }
    int length = tokens < LARGE ? SHORT_LENGTH : LONG_LENGTH;
    return new TokenBatch(
        IntStream.range(0, Math.ceilDiv(tokens, length))
            .mapToObj(s -> Math.min(length, tokens - s * length))
            .toList());
  }

  int sequences() {
    return lengths.size();
  }

  int tokens() {
    return lengths.stream().mapToInt(Integer::intValue).sum();
  }

  /** Where each sequence begins, and where the last one ends. */
  int[] offsets() {
    int[] offsets = new int[sequences() + 1];
    for (int s = 0; s < sequences(); s++) {
      offsets[s + 1] = offsets[s] + lengths.get(s);
    }
    return offsets;
  }

  /** Pairs of tokens that attention looks at: the squares of the lengths. */
  long pairs() {
    return lengths.stream().mapToLong(length -> (long) length * length).sum();
  }

  /** Positions of the tokens within their sequences, and zeros up to {@code capacity}. */
  int[] positions(int capacity) {
    int[] positions = new int[capacity];
    int[] offsets = offsets();
    for (int s = 0; s < sequences(); s++) {
      for (int t = offsets[s]; t < offsets[s + 1]; t++) {
        positions[t] = t - offsets[s];
      }
    }
    return positions;
  }

  @Override
  public String toString() {
    return sequences() + "x" + lengths.getFirst();
  }
}
