package dev.offramp.model.checkpoint;

import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * The shape of a multi-exit BERT: an encoder with an exit after every layer.
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
    List<String> labels) {

  /** The file that holds a checkpoint's config, in Hugging Face's field names. */
  public static final String FILE = "config.json";

  /** Checks every number and that heads divide the hidden size. */
  public ModelConfig {
    requirePositive("num_hidden_layers", layers);
    requirePositive("hidden_size", hiddenSize);
    requirePositive("num_attention_heads", heads);
    requirePositive("intermediate_size", intermediateSize);
    requirePositive("vocab_size", vocabSize);
    requirePositive("max_position_embeddings", maxPositions);
    requirePositive("type_vocab_size", typeVocabSize);
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
   * Reads {@code config.json} of a checkpoint.
   *
   * @throws ModelFormatException if it is not that of a BERT that Offramp can run
   */
  public static ModelConfig read(Path directory) {
    Path file = directory.resolve(FILE);
    JsonNode json = Json.readTree(file);
    try {
      requireText(json, "model_type", "bert");
      requireText(json, "hidden_act", "gelu");
      requireText(json, "position_embedding_type", "absolute");
      return new ModelConfig(
          integer(json, "num_hidden_layers"),
          integer(json, "hidden_size"),
          integer(json, "num_attention_heads"),
          integer(json, "intermediate_size"),
          integer(json, "vocab_size"),
          integer(json, "max_position_embeddings"),
          json.has("type_vocab_size") ? integer(json, "type_vocab_size") : 2,
          json.path("layer_norm_eps").asDouble(1e-12),
          labels(json));
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /** Writes {@code config.json} in Hugging Face's field names. */
  public void write(Path directory) throws IOException {
    var json = new LinkedHashMap<String, Object>();
    json.put("architectures", List.of("BertForSequenceClassification"));
    json.put("model_type", "bert");
    json.put("hidden_act", "gelu");
    json.put("position_embedding_type", "absolute");
    json.put("num_hidden_layers", layers);
    json.put("hidden_size", hiddenSize);
    json.put("num_attention_heads", heads);
    json.put("intermediate_size", intermediateSize);
    json.put("vocab_size", vocabSize);
    json.put("max_position_embeddings", maxPositions);
    json.put("type_vocab_size", typeVocabSize);
    json.put("layer_norm_eps", layerNormEpsilon);
    var names = new LinkedHashMap<String, String>();
    IntStream.range(0, classes()).forEach(c -> names.put(Integer.toString(c), labels.get(c)));
    json.put("id2label", names);
    Json.write(directory.resolve(FILE), json);
  }

  private static List<String> labels(JsonNode json) {
    JsonNode names = json.path("id2label");
    if (!names.isObject()) {
      int count = json.path("num_labels").asInt(2);
      if (count < 2 || count > 100_000) {
        throw new IllegalArgumentException("num_labels: " + count + " (expected: 2 to 100000)");
      }
      return IntStream.range(0, count).mapToObj(c -> "LABEL_" + c).toList();
    }
    var byClass = new TreeMap<Integer, String>();
    names
        .properties()
        .forEach(
            entry -> byClass.put(Integer.valueOf(entry.getKey()), entry.getValue().asString()));
    if (byClass.isEmpty() || byClass.firstKey() != 0 || byClass.lastKey() != byClass.size() - 1) {
      throw new IllegalArgumentException(
          "id2label: classes " + byClass.keySet() + " (expected: 0, 1, 2, ... without a gap)");
    }
    return List.copyOf(byClass.values());
  }

  private static int integer(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isInt()) {
      throw new IllegalArgumentException(
          field + ": " + (value.isMissingNode() ? "missing" : value) + " (expected: an integer)");
    }
    return value.asInt();
  }

  private static void requireText(JsonNode json, String field, String expected) {
    String actual = json.path(field).asString(expected);
    if (!actual.equals(expected)) {
      throw new IllegalArgumentException(
          field + ": '" + actual + "' (expected: '" + expected + "'; other kinds cannot be run)");
    }
  }

  private static void requirePositive(String field, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: >= 1)");
    }
  }
}
