package dev.offramp.model.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.offramp.model.io.ModelFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * From text to token ids: {@code [CLS] text [SEP]}, or {@code [CLS] text [SEP] pair [SEP]}, by the
 * Hugging Face tokenizers library, which is not asked again for words that it was asked for lately
 * ({@link PlainWords}). A {@value #DESCRIPTION} may name its special tokens otherwise: RoBERTa's
 * make {@code <s> text </s>} and {@code <s> text </s></s> pair </s>}.
 *
 * <p>Threading: safe for all threads. Ownership: holds native memory until {@link #close}.
 */
public final class Tokenizer implements AutoCloseable {
  /** A complete description of a tokenizer, used before {@link #VOCABULARY} where it exists. */
  public static final String DESCRIPTION = "tokenizer.json";

  /** A WordPiece vocabulary, one piece a line, the line number its id. */
  public static final String VOCABULARY = "vocab.txt";

  /**
   * Options beside a vocabulary: {@code do_lower_case}, {@code strip_accents} and {@code
   * tokenize_chinese_chars} are read.
   */
  public static final String OPTIONS = "tokenizer_config.json";

  private static final int MIN_TOKENS = 3;

  /* What a masked language model was taught to fill: BERT's and ALBERT's, RoBERTa's. */
  private static final List<String> MASKS = List.of("[MASK]", "<mask>");

  /* Any word: what stands around it is what counts. */
  private static final String SAMPLE = "a";

  private final HuggingFaceTokenizer tokenizer;
  private final int maxTokens;
  private final @Nullable PlainWords words;
  private final Frame textFrame;
  private final Frame pairFrame;

  private Tokenizer(HuggingFaceTokenizer tokenizer, int maxTokens, @Nullable PlainWords words) {
    this.tokenizer = tokenizer;
    this.maxTokens = maxTokens;
    this.words = words;
    this.textFrame = frame(tokenizer.encode(SAMPLE));
    this.pairFrame = frame(tokenizer.encode(SAMPLE, SAMPLE));
  }

  /** The tokenizer's files that exist in {@code directory}. */
  public static List<String> files(Path directory) {
    return Stream.of(DESCRIPTION, VOCABULARY, OPTIONS)
        .filter(file -> Files.exists(directory.resolve(file)))
        .toList();
  }

  /** Whether there is a tokenizer in {@code directory}. */
  public static boolean isIn(Path directory) {
    return Files.exists(directory.resolve(DESCRIPTION))
        || Files.exists(directory.resolve(VOCABULARY));
  }

  /**
   * How many embeddings the tokenizer in {@code directory} needs: one more than its largest id.
   *
   * @throws ModelFormatException if there is no tokenizer, or its files cannot be read
   */
  public static int vocabSize(Path directory) {
    Path description = directory.resolve(DESCRIPTION);
    return Files.exists(description)
        ? TokenizerDescription.vocabSize(description)
        : WordPieceDescription.vocabulary(directory).size();
  }

  /**
   * Loads the tokenizer of a checkpoint or artifact.
   *
   * @param directory holds {@value #DESCRIPTION} or {@value #VOCABULARY}
   * @param maxTokens the longest text the model takes, special tokens included
   * @throws ModelFormatException if there is neither file, or it cannot be used
   */
  public static Tokenizer load(Path directory, int maxTokens) {
    if (maxTokens < MIN_TOKENS) {
      throw new IllegalArgumentException(
          "maxTokens: " + maxTokens + " (expected: >= " + MIN_TOKENS + ", [CLS] a word [SEP])");
    }
    Path description = directory.resolve(DESCRIPTION);
    boolean described = Files.exists(description);
    String json;
    try {
      json = described ? Files.readString(description) : WordPieceDescription.read(directory);
    } catch (IOException e) {
      throw new ModelFormatException(description, "cannot be read: " + e, e);
    }
    // Truncation and padding are ours: a silent cut is never what a caller asked for.
    var options =
        Map.of("truncation", "do_not_truncate", "padding", "false", "addSpecialTokens", "true");
    Library.configure();
    try {
      var in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
      HuggingFaceTokenizer library = HuggingFaceTokenizer.newInstance(in, options);
      boolean remembers = !described || TokenizerDescription.cutsAsBert(json);
      return new Tokenizer(library, maxTokens, remembers ? new PlainWords() : null);
    } catch (IOException | RuntimeException e) {
      throw new ModelFormatException(
          directory, "its tokenizer cannot be used: " + e.getMessage(), e);
    }
  }

  /** The longest text in tokens, special tokens included. */
  public int maxTokens() {
    return maxTokens;
  }

  /**
   * Encodes {@code text}; errors as in {@link #encode(String, String, boolean)}.
   *
   * @throws TextTooLongException if it has more than {@link #maxTokens} tokens
   */
  public EncodedText encode(String text) {
    return encode(text, null, false);
  }

  /**
   * Encodes {@code text}, or the pair of {@code text} and {@code pair}.
   *
   * @param truncate cuts what does not fit, from the end of the longer part; special tokens stay
   * @throws TextTooLongException if it does not fit and {@code truncate} is false, or {@link
   *     #maxTokens} is less than the special tokens of a pair
   * @throws IllegalArgumentException if {@code text} or {@code pair} holds no word, or half of a
   *     surrogate pair
   */
  public EncodedText encode(String text, @Nullable String pair, boolean truncate) {
    EncodedText known = words == null ? null : find(words, text, pair);
    return known == null || known.length() > maxTokens
        ? encodeByLibrary(text, pair, truncate)
        : known;
  }

  private @Nullable EncodedText find(PlainWords words, String text, @Nullable String pair) {
    int[] first = words.find(text);
    if (first == null || first.length == 0) {
      return null;
    }
    if (pair == null) {
      return textFrame.around(first);
    }
    int[] second = words.find(pair);
    return second == null || second.length == 0 ? null : pairFrame.around(first, second);
  }

  /** The same as {@link #encode}, whatever is remembered. */
  EncodedText encodeByLibrary(String text, @Nullable String pair, boolean truncate) {
    requireText("text", text);
    if (pair != null) {
      requireText("pair", pair);
    }
    Encoding encoding = pair == null ? tokenizer.encode(text) : tokenizer.encode(text, pair);
    int[] ids = ints(encoding.getIds());
    int[] types = ints(encoding.getTypeIds());
    // Types would not tell the parts apart: RoBERTa's are all 0.
    int[] parts = ints(encoding.getSequenceIds());
    // Characters that the tokenizer drops, such as controls, can leave nothing of a text.
    requireWord("text", parts, 0);
    if (pair != null) {
      requireWord("pair", parts, 1);
    }
    if (words != null) {
      int[] numbers = ints(encoding.getWordIds());
      words.learn(text, ids, numbers, parts, 0);
      if (pair != null) {
        words.learn(pair, ids, numbers, parts, 1);
      }
    }
    if (ids.length <= maxTokens) {
      return EncodedText.owning(ids, types);
    }
    if (!truncate) {
      throw new TextTooLongException(ids.length, maxTokens);
    }
    return Truncation.cut(ids, types, parts, maxTokens);
  }

  /** The id of the token that stands for a hidden word, if the vocabulary has one. */
  public OptionalInt maskId() {
    for (String mask : MASKS) {
      Encoding encoding = tokenizer.encode(mask);
      int place = List.of(encoding.getTokens()).indexOf(mask);
      if (place >= 0) {
        return OptionalInt.of(Math.toIntExact(encoding.getIds()[place]));
      }
    }
    return OptionalInt.empty();
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  private static Frame frame(Encoding sample) {
    return new Frame(
        ints(sample.getIds()), ints(sample.getTypeIds()), ints(sample.getSequenceIds()));
  }

  private static void requireText(String name, String value) {
    if (value.isBlank()) {
      throw empty(name);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      throw new IllegalArgumentException(
          name + ": holds half of a surrogate pair (expected: whole characters)");
    }
  }

  private static void requireWord(String name, int[] parts, int part) {
    if (Arrays.stream(parts).noneMatch(each -> each == part)) {
      throw empty(name);
    }
  }

  private static IllegalArgumentException empty(String name) {
    return new IllegalArgumentException(name + ": empty (expected: at least one word)");
  }

  private static int[] ints(long[] values) {
    int[] ints = new int[values.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = Math.toIntExact(values[i]);
    }
    return ints;
  }

  /* DJL counts its users over the network and may look for files there unless it is told not to. */
  private static final class Library {
    static void configure() {
      System.setProperty("ai.djl.offline", "true");
      System.setProperty("OPT_OUT_TRACKING", "true");
    }
  }
}
