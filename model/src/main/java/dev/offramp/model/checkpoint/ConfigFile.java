package dev.offramp.model.checkpoint;

import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * A {@code config.json} in Hugging Face's field names.
 *
 * @param backbone whose names the weights beside it have
 * @param config the model's shape, once those are converted
 * @param firstPosition the row of the position table that a text's first token takes
 */
record ConfigFile(Backbone backbone, ModelConfig config, int firstPosition) {
  private static final double DEFAULT_EPSILON = 1e-12;
  private static final int ROBERTA_PADDING = 1;
  private static final int ALBERT_EMBEDDING = 128;

  /**
   * Reads that of a checkpoint.
   *
   * @throws ModelFormatException if it is not that of a model that Offramp can run
   */
  static ConfigFile read(Path directory) {
    Path file = directory.resolve(ModelConfig.FILE);
    JsonNode json = Json.readTree(file);
    try {
      Backbone backbone = backbone(json);
      requireActivation(json, backbone);
      requireText(json, "position_embedding_type", "absolute");
      requireEncoder(json);
      int firstPosition = firstPosition(json, backbone);
      int positions = integer(json, "max_position_embeddings");
      var config =
          new ModelConfig(
              integer(json, "num_hidden_layers"),
              integer(json, "hidden_size"),
              integer(json, "num_attention_heads"),
              integer(json, "intermediate_size"),
              integer(json, "vocab_size"),
              positions - Math.min(firstPosition, positions),
              json.has("type_vocab_size") ? integer(json, "type_vocab_size") : 2,
              epsilon(json),
              labels(json));
      return new ConfigFile(
          backbone,
          backbone == Backbone.ALBERT ? config.asAlbert(embeddingSize(json)) : config,
          firstPosition);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /** Writes that of a checkpoint of ours: an ALBERT's, or a BERT's for all others. */
  static void write(ModelConfig config, Path directory) throws IOException {
    var json = new LinkedHashMap<String, Object>();
    Backbone backbone = Backbone.of(config);
    String classifier = config.sharedLayers() ? "Albert" : "Bert";
    json.put("architectures", List.of(classifier + "ForSequenceClassification"));
    json.put("model_type", backbone.modelType());
    json.put("hidden_act", "gelu");
    json.put("position_embedding_type", "absolute");
    json.put("num_hidden_layers", config.layers());
    json.put("hidden_size", config.hiddenSize());
    if (config.sharedLayers()) {
      json.put("num_hidden_groups", 1);
      json.put("inner_group_num", 1);
      json.put("embedding_size", config.embeddingSize());
    }
    json.put("num_attention_heads", config.heads());
    json.put("intermediate_size", config.intermediateSize());
    json.put("vocab_size", config.vocabSize());
    json.put("max_position_embeddings", config.maxPositions());
    json.put("type_vocab_size", config.typeVocabSize());
    json.put("layer_norm_eps", config.layerNormEpsilon());
    var names = new LinkedHashMap<String, String>();
    IntStream.range(0, config.classes())
        .forEach(c -> names.put(Integer.toString(c), config.labels().get(c)));
    json.put("id2label", names);
    Json.write(directory.resolve(ModelConfig.FILE), json);
  }

  private static Backbone backbone(JsonNode json) {
    JsonNode type = json.path("model_type");
    if (isAbsent(type)) {
      return Backbone.BERT;
    }
    for (Backbone backbone : Backbone.values()) {
      if (type.isString() && type.asString().equals(backbone.modelType())) {
        return backbone;
      }
    }
    throw new IllegalArgumentException(
        "model_type: "
            + type
            + " (expected: one of "
            + Arrays.stream(Backbone.values()).map(Backbone::modelType).toList()
            + "; "
            + (type.isString() && type.asString().equals("xlm-roberta")
                ? "an XLM-RoBERTa is not taken, since its SentencePiece tokenizer of 250,002 pieces"
                    + " was never held against the original here: start from a RoBERTa)"
                : "other kinds cannot be run)"));
  }

  /*
   * Many an ALBERT was trained with GELU's tanh form. It is never further than 0.0005 from the form
   * that we run, and what imports is trained on: see docs/decisions/0022.
   */
  private static void requireActivation(JsonNode json, Backbone backbone) {
    JsonNode activation = json.path("hidden_act");
    boolean close =
        backbone == Backbone.ALBERT
            && (isAbsent(activation)
                || (activation.isString() && activation.asString().equals("gelu_new")));
    if (!close) {
      requireText(json, "hidden_act", "gelu");
    }
  }

  /* Hugging Face leaves out what is its default: 128, one group, one layer in it. */
  private static int embeddingSize(JsonNode json) {
    for (String field : List.of("num_hidden_groups", "inner_group_num")) {
      int count = isAbsent(json.path(field)) ? 1 : integer(json, field);
      if (count != 1) {
        throw new IllegalArgumentException(
            field + ": " + count + " (expected: 1, a layer that all depths share)");
      }
    }
    return isAbsent(json.path("embedding_size"))
        ? ALBERT_EMBEDDING
        : integer(json, "embedding_size");
  }

  /* RoBERTa counts positions from the one after its padding token's id. */
  private static int firstPosition(JsonNode json, Backbone backbone) {
    if (backbone != Backbone.ROBERTA) {
      return 0;
    }
    int padding =
        isAbsent(json.path("pad_token_id")) ? ROBERTA_PADDING : integer(json, "pad_token_id");
    ModelConfig.requireWithin("pad_token_id + 1", padding + 1, Integer.MAX_VALUE);
    return padding + 1;
  }

  private static List<String> labels(JsonNode json) {
    JsonNode names = json.path("id2label");
    if (isAbsent(names)) {
      int count = json.has("num_labels") ? integer(json, "num_labels") : 2;
      ModelConfig.requireWithin("num_labels", count, ModelConfig.MAX_CLASSES);
      return IntStream.range(0, count).mapToObj(c -> "LABEL_" + c).toList();
    }
    var labels = new ArrayList<String>();
    for (int c = 0; c < names.size(); c++) {
      JsonNode name = names.path(Integer.toString(c));
      if (!name.isString()) {
        throw new IllegalArgumentException(
            "id2label: " + names + " (expected: a name for each of 0, 1, 2, ... without a gap)");
      }
      labels.add(name.asString());
    }
    return labels;
  }

  private static double epsilon(JsonNode json) {
    JsonNode value = json.path("layer_norm_eps");
    if (isAbsent(value)) {
      return DEFAULT_EPSILON;
    }
    if (!value.isNumber()) {
      throw new IllegalArgumentException("layer_norm_eps: " + value + " (expected: a number)");
    }
    return value.asDouble();
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
    JsonNode value = json.path(field);
    if (!isAbsent(value) && !(value.isString() && value.asString().equals(expected))) {
      throw new IllegalArgumentException(
          field + ": " + value + " (expected: \"" + expected + "\"; other kinds cannot be run)");
    }
  }

  private static void requireEncoder(JsonNode json) {
    JsonNode decoder = json.path("is_decoder");
    if (!isAbsent(decoder) && !(decoder.isBoolean() && !decoder.asBoolean())) {
      throw new IllegalArgumentException(
          "is_decoder: " + decoder + " (expected: false; other kinds cannot be run)");
    }
  }

  /* Hugging Face writes null where a field has its default. */
  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }
}
