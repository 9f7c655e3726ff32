package dev.offramp.model.checkpoint;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.TextTooLongException;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The shape of a multi-exit BERT: an encoder with an exit after every layer.
 *
 * <p>An ALBERT differs in two things that come together: all depths share one layer's weights, and
 * embeddings of width {@code E}, which a projection leads to {@code H}. Elsewhere {@code E} is
 * {@code H}.
 *
 * @param layers encoder layers {@code M}, and so exits
 * @param hiddenSize width of a token's row {@code H}
 * @param heads attention heads; {@code hiddenSize / heads} is a head's width
 * @param intermediateSize width of the feed-forward layer {@code I}
 * @param vocabSize word pieces {@code V}
 * @param maxPositions longest input in tokens {@code P}, special tokens included
 * @param typeVocabSize segment types {@code Y}
 * @param layerNormEpsilon what LayerNorm adds to the variance
 * @param labels class names in the order of the logits; their count is {@code C}
 * @param embeddingSize width of an embedding {@code E}; {@code hiddenSize} unless layers are shared
 * @param sharedLayers whether this is an ALBERT
 */
public record ModelConfig(
    int layers,
    int hiddenSize,
    int heads,
    int intermediateSize,
    int vocabSize,
    int maxPositions,
    int typeVocabSize,
    double layerNormEpsilon,
    List<String> labels,
    int embeddingSize,
    boolean sharedLayers) {

  private static final int VOCABULARY_PADDING = 1024;
  private static final double VOCABULARY_SHARE = 0.9;

  /** The file that holds a checkpoint's config, in Hugging Face's field names. */
  public static final String FILE = "config.json";

  private static final int MAX_LAYERS = 1_000;
  static final int MAX_CLASSES = 100_000;
  private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

  /**
   * Checks every number, that heads divide the hidden size, and that the elements of every tensor
   * can be counted by an {@code int}, the query, key and value projections as one included.
   */
  public ModelConfig {
    requireWithin("num_hidden_layers", layers, MAX_LAYERS);
    requireWithin("hidden_size", hiddenSize, MAX_ELEMENTS);
    requireWithin("num_attention_heads", heads, MAX_ELEMENTS);
    int widest = MAX_ELEMENTS / hiddenSize;
    requireWithin("hidden_size", hiddenSize, widest / 3);
    requireWithin("intermediate_size", intermediateSize, widest);
    requireWithin("vocab_size", vocabSize, widest);
    requireWithin("max_position_embeddings", maxPositions, widest);
    requireWithin("type_vocab_size", typeVocabSize, widest);
    if (hiddenSize % heads != 0) {
      throw new IllegalArgumentException(
          "hidden_size: "
              + hiddenSize
              + " (expected: a multiple of num_attention_heads "
              + heads
              + ")");
    }
    if (!(layerNormEpsilon > 0 && layerNormEpsilon < 1)) {
      throw new IllegalArgumentException(
          "layer_norm_eps: " + layerNormEpsilon + " (expected: > 0 and < 1)");
    }
    labels = List.copyOf(labels);
    if (labels.size() < 2 || labels.stream().distinct().count() != labels.size()) {
      throw new IllegalArgumentException("labels: " + labels + " (expected: at least 2, distinct)");
    }
    requireWithin("num_labels", labels.size(), Math.min(MAX_CLASSES, widest));
    requireWithin("embedding_size", embeddingSize, hiddenSize);
    if (!sharedLayers && embeddingSize != hiddenSize) {
      throw new IllegalArgumentException(
          "embedding_size: "
              + embeddingSize
              + " (expected: hidden_size "
              + hiddenSize
              + ", since layers are not shared)");
    }
  }

  /** The shape of a BERT: every depth has a layer of its own, embeddings are of the hidden size. */
  public ModelConfig(
      int layers,
      int hiddenSize,
      int heads,
      int intermediateSize,
      int vocabSize,
      int maxPositions,
      int typeVocabSize,
      double layerNormEpsilon,
      List<String> labels) {
    this(
        layers,
        hiddenSize,
        heads,
        intermediateSize,
        vocabSize,
        maxPositions,
        typeVocabSize,
        layerNormEpsilon,
        labels,
        hiddenSize,
        false);
  }

  /** The same shape as an ALBERT whose embeddings have width {@code embeddingSize}. */
  public ModelConfig asAlbert(int embeddingSize) {
    return with(labels, embeddingSize, true);
  }

  /**
   * Checks that the model can read {@code text}: it is not too long, and every id and segment type
   * has an embedding.
   *
   * @throws IllegalArgumentException if not, naming the value and the limit
   */
  public void requireFits(EncodedText text) {
    if (text.length() > maxPositions) {
      throw new TextTooLongException(text.length(), maxPositions);
    }
    for (int t = 0; t < text.length(); t++) {
      requireIndex("token id", text.id(t), t, vocabSize);
      requireIndex("segment type", text.type(t), t, typeVocabSize);
    }
  }

  /**
   * The same shape whose classes are called {@code labels}, in their order.
   *
   * @throws IllegalArgumentException if there are not as many as classes
   */
  public ModelConfig withLabels(List<String> labels) {
    if (labels.size() != classes()) {
      throw new IllegalArgumentException(
          "label names: " + labels + " (expected: " + classes() + ", for " + this.labels + ")");
    }
    return withClasses(labels);
  }

  /** The same encoder for other classes, as many as there are {@code labels}. */
  public ModelConfig withClasses(List<String> labels) {
    return with(labels, embeddingSize, sharedLayers);
  }

  private ModelConfig with(List<String> labels, int embeddingSize, boolean sharedLayers) {
    return new ModelConfig(
        layers,
        hiddenSize,
        heads,
        intermediateSize,
        vocabSize,
        maxPositions,
        typeVocabSize,
        layerNormEpsilon,
        labels,
        embeddingSize,
        sharedLayers);
  }

  /** How many layers have weights of their own: all, or the one that all depths share. */
  public int distinctLayers() {
    return sharedLayers ? 1 : layers;
  }

  /** The number of classes {@code C}. */
  public int classes() {
    return labels.size();
  }

  /** The width of one attention head. */
  public int headSize() {
    return hiddenSize / heads;
  }

  /**
   * Checks that the model has an embedding for every id of the tokenizer in {@code directory}.
   *
   * @throws ModelFormatException if not, or if there is no tokenizer or it cannot be used
   */
  public void requireFitsTokenizer(Path directory) {
    int pieces = Tokenizer.vocabSize(directory);
    if (pieces > vocabSize) {
      throw new ModelFormatException(
          directory,
          "its tokenizer has ids up to "
              + (pieces - 1)
              + " (expected: less than "
              + vocabSize
              + ", the vocab_size of the model). Vocabulary and weights are not of one model.");
    }
    // Others round vocab_size up, to 64 or to 1,024; a file that was cut short lacks more.
    if (pieces < vocabSize - VOCABULARY_PADDING && pieces < VOCABULARY_SHARE * vocabSize) {
      throw new ModelFormatException(
          directory,
          "its tokenizer has "
              + pieces
              + " pieces (expected: about "
              + vocabSize
              + ", the vocab_size of the model). The vocabulary was cut short, or is another model's.");
    }
  }

  /**
   * Reads {@code config.json} of a checkpoint: ours, or another program's BERT, RoBERTa or ALBERT.
   *
   * @throws ModelFormatException if it is not that of a model that Offramp can run
   */
  public static ModelConfig read(Path directory) {
    return ConfigFile.read(directory).config();
  }

  /** Writes {@code config.json} in Hugging Face's field names. */
  public void write(Path directory) throws IOException {
    ConfigFile.write(this, directory);
  }

  static void requireWithin(String field, int value, int greatest) {
    if (value < 1 || value > greatest) {
      throw new IllegalArgumentException(
          field + ": " + value + " (expected: 1 to " + greatest + ")");
    }
  }

  private static void requireIndex(String what, int value, int token, int count) {
    if (value < 0 || value >= count) {
      throw new IllegalArgumentException(
          what + " of token " + token + ": " + value + " (expected: 0 to " + (count - 1) + ")");
    }
  }
}
