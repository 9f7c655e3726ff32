package dev.offramp.model.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The names of a checkpoint's tensors: those of Hugging Face's BERT, with the exits named as
 * COSEE's reference code names them ({@code bert.encoder.highway.{i}.classifier}). Depths count
 * from 1, the layer index inside a name from 0. The layer that an ALBERT shares is that of depth 1.
 */
public final class TensorNames {
  /** Word embeddings {@code [V, E]}. */
  public static final String WORD_EMBEDDINGS = "bert.embeddings.word_embeddings.weight";

  /** Position embeddings {@code [P, E]}. */
  public static final String POSITION_EMBEDDINGS = "bert.embeddings.position_embeddings.weight";

  /** Segment type embeddings {@code [Y, E]}. */
  public static final String TYPE_EMBEDDINGS = "bert.embeddings.token_type_embeddings.weight";

  /** Prefix of the embeddings' LayerNorm; {@code .weight} and {@code .bias} {@code [E]}. */
  public static final String EMBEDDING_NORM = "bert.embeddings.LayerNorm";

  /** Prefix of an ALBERT's projection of embeddings; {@code weight [H, E]}, {@code bias [H]}. */
  public static final String EMBEDDING_PROJECTION = "bert.encoder.embedding_hidden_mapping_in";

  /** Prefix of the pooler that all exits share; {@code weight [H, H]} and {@code bias [H]}. */
  public static final String POOLER = "bert.pooler.dense";

  private TensorNames() {}

  /** The prefix of the layer that ends at {@code depth}. */
  public static String layer(int depth) {
    return "bert.encoder.layer." + (depth - 1);
  }

  /** Prefix of the query projection; {@code weight [H, H]} and {@code bias [H]} like all below. */
  public static String query(int depth) {
    return layer(depth) + ".attention.self.query";
  }

  /** Prefix of the key projection. */
  public static String key(int depth) {
    return layer(depth) + ".attention.self.key";
  }

  /** Prefix of the value projection. */
  public static String value(int depth) {
    return layer(depth) + ".attention.self.value";
  }

  /** Prefix of the attention's output projection. */
  public static String attentionOutput(int depth) {
    return layer(depth) + ".attention.output.dense";
  }

  /** Prefix of the LayerNorm after the attention. */
  public static String attentionNorm(int depth) {
    return layer(depth) + ".attention.output.LayerNorm";
  }

  /** Prefix of the feed-forward layer's widening half, {@code weight [I, H]}. */
  public static String feedForwardUp(int depth) {
    return layer(depth) + ".intermediate.dense";
  }

  /** Prefix of the feed-forward layer's narrowing half, {@code weight [H, I]}. */
  public static String feedForwardDown(int depth) {
    return layer(depth) + ".output.dense";
  }

  /** Prefix of the LayerNorm after the feed-forward layer. */
  public static String feedForwardNorm(int depth) {
    return layer(depth) + ".output.LayerNorm";
  }

  /** Prefix of the classifier of the exit at {@code depth}, {@code weight [C, H]}. */
  public static String exit(int depth, int layers) {
    return depth == layers ? "classifier" : "bert.encoder.highway." + (depth - 1) + ".classifier";
  }

  /** Every tensor of a checkpoint of this shape, with its own shape. */
  public static SequencedMap<String, List<Integer>> shapes(ModelConfig config) {
    var shapes = new LinkedHashMap<String, List<Integer>>();
    int h = config.hiddenSize();
    int e = config.embeddingSize();
    shapes.put(WORD_EMBEDDINGS, List.of(config.vocabSize(), e));
    shapes.put(POSITION_EMBEDDINGS, List.of(config.maxPositions(), e));
    shapes.put(TYPE_EMBEDDINGS, List.of(config.typeVocabSize(), e));
    pair(shapes, EMBEDDING_NORM, List.of(e), e);
    if (config.sharedLayers()) {
      pair(shapes, EMBEDDING_PROJECTION, List.of(h, e), h);
    }
    for (int depth = 1; depth <= config.distinctLayers(); depth++) {
      pair(shapes, query(depth), List.of(h, h), h);
      pair(shapes, key(depth), List.of(h, h), h);
      pair(shapes, value(depth), List.of(h, h), h);
      pair(shapes, attentionOutput(depth), List.of(h, h), h);
      pair(shapes, attentionNorm(depth), List.of(h), h);
      int wide = config.intermediateSize();
      pair(shapes, feedForwardUp(depth), List.of(wide, h), wide);
      pair(shapes, feedForwardDown(depth), List.of(h, wide), h);
      pair(shapes, feedForwardNorm(depth), List.of(h), h);
    }
    pair(shapes, POOLER, List.of(h, h), h);
    for (int depth = 1; depth <= config.layers(); depth++) {
      pair(shapes, exit(depth, config.layers()), List.of(config.classes(), h), config.classes());
    }
    return shapes;
  }

  private static void pair(
      Map<String, List<Integer>> shapes, String prefix, List<Integer> weight, int bias) {
    shapes.put(prefix + ".weight", weight);
    shapes.put(prefix + ".bias", List.of(bias));
  }
}
