package dev.offramp.model.reference;

import dev.offramp.model.checkpoint.SafetensorsWriter;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.text.TinyVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;

/** A tiny random ALBERT as another program saves one: names and config of its own. */
public final class AlbertDirectory {
  public static final int LAYERS = 4;
  public static final int EMBEDDING = 6;
  public static final int HIDDEN = 16;
  public static final int HEADS = 2;
  public static final int WIDE = 20;
  public static final int POSITIONS = 16;
  public static final double EPSILON = 1e-12;

  private AlbertDirectory() {}

  /** Writes config, weights and vocabulary. */
  public static SequencedMap<String, Tensor> write(
      Path directory, String activation, RandomGenerator random) throws IOException {
    SequencedMap<String, Tensor> tensors = tensors(random);
    TinyVocabulary.write(directory);
    writeConfig(directory, activation, 1);
    SafetensorsWriter.write(directory.resolve("model.safetensors"), tensors, Map.of());
    return tensors;
  }

  /** Writes a config alone. */
  public static void writeConfig(Path directory, String activation, int groups) throws IOException {
    Files.writeString(
        directory.resolve("config.json"),
        """
        {
          "architectures": ["AlbertForMaskedLM"],
          "bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0,
          "classifier_dropout_prob": 0.1, "down_scale_factor": 1, "gap_size": 0,
          "embedding_size": %d, "hidden_act": "%s", "hidden_size": %d,
          "inner_group_num": 1, "intermediate_size": %d, "layer_norm_eps": %s,
          "max_position_embeddings": %d, "model_type": "albert", "num_attention_heads": %d,
          "num_hidden_groups": %d, "num_hidden_layers": %d, "type_vocab_size": 2,
          "vocab_size": %d
        }
        """
            .formatted(
                EMBEDDING,
                activation,
                HIDDEN,
                WIDE,
                EPSILON,
                POSITIONS,
                HEADS,
                groups,
                LAYERS,
                TinyVocabulary.PIECES.size()));
  }

  private static SequencedMap<String, Tensor> tensors(RandomGenerator random) {
    var tensors = new LinkedHashMap<String, Tensor>();
    String embeddings = "albert.embeddings.";
    int words = TinyVocabulary.PIECES.size();
    RandomTensors.table(tensors, embeddings + "word_embeddings", words, EMBEDDING, random);
    RandomTensors.table(tensors, embeddings + "position_embeddings", POSITIONS, EMBEDDING, random);
    RandomTensors.table(tensors, embeddings + "token_type_embeddings", 2, EMBEDDING, random);
    RandomTensors.norm(tensors, embeddings + "LayerNorm", EMBEDDING, random);
    RandomTensors.linear(
        tensors, "albert.encoder.embedding_hidden_mapping_in", HIDDEN, EMBEDDING, random);
    String at = "albert.encoder.albert_layer_groups.0.albert_layers.0.";
    RandomTensors.norm(tensors, at + "full_layer_layer_norm", HIDDEN, random);
    RandomTensors.linear(tensors, at + "attention.query", HIDDEN, HIDDEN, random);
    RandomTensors.linear(tensors, at + "attention.key", HIDDEN, HIDDEN, random);
    RandomTensors.linear(tensors, at + "attention.value", HIDDEN, HIDDEN, random);
    RandomTensors.linear(tensors, at + "attention.dense", HIDDEN, HIDDEN, random);
    RandomTensors.norm(tensors, at + "attention.LayerNorm", HIDDEN, random);
    RandomTensors.linear(tensors, at + "ffn", WIDE, HIDDEN, random);
    RandomTensors.linear(tensors, at + "ffn_output", HIDDEN, WIDE, random);
    RandomTensors.linear(tensors, "albert.pooler", HIDDEN, HIDDEN, random);
    RandomTensors.linear(tensors, "predictions.dense", EMBEDDING, HIDDEN, random);
    RandomTensors.linear(tensors, "sop_classifier.classifier", 2, HIDDEN, random);
    return tensors;
  }
}
