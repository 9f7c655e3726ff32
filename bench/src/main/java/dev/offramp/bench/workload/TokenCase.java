package dev.offramp.bench.workload;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A batch: how many tokens each of its sequences has.
 *
 * @param lengths tokens of each sequence
 */
public record TokenCase(List<Integer> lengths) {
  /** The name of {@link #SST2}. */
  public static final String SST2_NAME = "sst2";

  /**
   * Lengths as they come: of the 872 sentences of SST-2's development set, tokenized with the
   * shipped model's vocabulary, markers included, every 27th or so in order of length (the middles
   * of 32 equal parts). The whole set: mean 26.5, shortest 4, longest 66.
   */
  public static final TokenCase SST2 =
      new TokenCase(
          List.of(
              8, 10, 11, 12, 14, 15, 16, 17, 18, 19, 21, 21, 22, 23, 24, 25, 26, 27, 28, 29, 29, 31,
              32, 33, 35, 37, 39, 40, 42, 44, 48, 53));

  private static final int MAX_SEQUENCES = 128;
  private static final int MAX_LENGTH = 512;
  private static final Pattern FORM = Pattern.compile("(\\d{1,4})x(\\d{1,4})");

  public TokenCase {
    lengths = List.copyOf(lengths);
    if (lengths.isEmpty()
        || lengths.size() > MAX_SEQUENCES
        || lengths.stream().anyMatch(length -> length < 1 || length > MAX_LENGTH)) {
      throw new IllegalArgumentException(
          "tokens: %d sequences of %s (expected: 1 to %d sequences of 1 to %d tokens)"
              .formatted(
                  lengths.size(), lengths.stream().distinct().toList(), MAX_SEQUENCES, MAX_LENGTH));
    }
  }

  /** Sequences of the same length. */
  public TokenCase(int sequences, int length) {
    this(Collections.nCopies(sequences, length));
  }

  /** Reads {@code BxL} or {@value #SST2_NAME}. */
  public static TokenCase parse(String text) {
    if (text.equals(SST2_NAME)) {
      return SST2;
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "tokens: '%s' (expected: SEQUENCESxLENGTH, as in 8x32, or %s)"
              .formatted(text, SST2_NAME));
    }
    return new TokenCase(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** The case that these texts are. */
  public static TokenCase of(List<EncodedText> texts) {
    return new TokenCase(texts.stream().map(EncodedText::length).toList());
  }

  /** How many sequences there are, {@code B}. */
  public int sequences() {
    return lengths.size();
  }

  /**
   * Tokens of the longest sequence, {@code L}: what the others are padded to where they must be.
   */
  public int longest() {
    return Collections.max(lengths);
  }

  /** Whether padding costs something: not all sequences are of one length. */
  public boolean isRagged() {
    return lengths.stream().distinct().count() > 1;
  }

  /** Tokens in the batch, without padding. */
  public int tokens() {
    return lengths.stream().mapToInt(Integer::intValue).sum();
  }

  /**
   * Operations of one layer on the tokens themselves, a multiplication and an addition counted as
   * two: the four projections, the two halves of the feed-forward layer, scores and their mix.
   * Softmax, GELU, LayerNorm and padding are not counted.
   */
  public long layerOperations(ModelConfig config) {
    long h = config.hiddenSize();
    long projections = 4 * h * h + 2 * h * config.intermediateSize();
    long pairs = lengths.stream().mapToLong(length -> (long) length * length).sum();
    return 2L * (tokens() * projections + 2 * h * pairs);
  }

  @Override
  public String toString() {
    if (equals(SST2)) {
      return SST2_NAME;
    }
    return isRagged() ? lengths.toString() : sequences() + "x" + longest();
  }
}
