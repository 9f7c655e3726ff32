package dev.offramp.model.reference;

import dev.offramp.model.checkpoint.SafetensorsWriter;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.text.TinyByteLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;

/** A tiny random RoBERTa as another program saves one: names, config and tokenizer of its own. */
public final class RobertaDirectory {
  public static final int LAYERS = 3;
  public static final int HIDDEN = 12;
  public static final int HEADS = 3;
  public static final int WIDE = 20;
  public static final int POSITIONS = 16;
  public static final int PADDING = 1;
  public static final double EPSILON = 1e-5;

  private RobertaDirectory() {}

  /** Writes all three files; with {@code head} that of a classifier of two labels. */
  public static SequencedMap<String, Tensor> write(
      Path directory, boolean head, RandomGenerator random) throws IOException {
    SequencedMap<String, Tensor> tensors = tensors(head, random);
    TinyByteLevel.write(directory);
    writeConfig(directory, POSITIONS + PADDING + 1);
    SafetensorsWriter.write(directory.resolve("model.safetensors"), tensors, Map.of());
    return tensors;
  }

  /** Writes a config alone, of so many rows of positions. */
  public static void writeConfig(Path directory, int rows) throws IOException {
    Files.writeString(
        directory.resolve("config.json"),
        """
        {
          "architectures": ["RobertaForMaskedLM"],
          "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": %d,
          "hidden_act": "gelu", "hidden_size": %d, "intermediate_size": %d,
          "layer_norm_eps": %s, "max_position_embeddings": %d, "model_type": "roberta",
          "num_attention_heads": %d, "num_hidden_layers": %d, "type_vocab_size": 1,
          "vocab_size": %d
        }
        """
            .formatted(PADDING, HIDDEN, WIDE, EPSILON, rows, HEADS, LAYERS, TinyByteLevel.size()));
  }

  private static SequencedMap<String, Tensor> tensors(boolean head, RandomGenerator random) {
    var tensors = new LinkedHashMap<String, Tensor>();
    String embeddings = "roberta.embeddings.";
    RandomTensors.table(
        tensors, embeddings + "word_embeddings", TinyByteLevel.size(), HIDDEN, random);
    RandomTensors.table(
        tensors, embeddings + "position_embeddings", POSITIONS + PADDING + 1, HIDDEN, random);
    RandomTensors.table(tensors, embeddings + "token_type_embeddings", 1, HIDDEN, random);
    RandomTensors.norm(tensors, embeddings + "LayerNorm", HIDDEN, random);
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "roberta.encoder.layer." + layer + ".";
      RandomTensors.linear(tensors, at + "attention.self.query", HIDDEN, HIDDEN, random);
      RandomTensors.linear(tensors, at + "attention.self.key", HIDDEN, HIDDEN, random);
      RandomTensors.linear(tensors, at + "attention.self.value", HIDDEN, HIDDEN, random);
      RandomTensors.linear(tensors, at + "attention.output.dense", HIDDEN, HIDDEN, random);
      RandomTensors.norm(tensors, at + "attention.output.LayerNorm", HIDDEN, random);
      RandomTensors.linear(tensors, at + "intermediate.dense", WIDE, HIDDEN, random);
      RandomTensors.linear(tensors, at + "output.dense", HIDDEN, WIDE, random);
      RandomTensors.norm(tensors, at + "output.LayerNorm", HIDDEN, random);
    }
    RandomTensors.linear(tensors, "roberta.pooler.dense", HIDDEN, HIDDEN, random);
    if (head) {
      RandomTensors.linear(tensors, "classifier.dense", HIDDEN, HIDDEN, random);
      RandomTensors.linear(tensors, "classifier.out_proj", 2, HIDDEN, random);
    } else {
      RandomTensors.linear(tensors, "lm_head.dense", HIDDEN, HIDDEN, random);
      RandomTensors.norm(tensors, "lm_head.layer_norm", HIDDEN, random);
    }
    return tensors;
  }
}
