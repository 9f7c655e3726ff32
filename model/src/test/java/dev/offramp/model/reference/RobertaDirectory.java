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
    table(tensors, embeddings + "word_embeddings", TinyByteLevel.size(), random);
    table(tensors, embeddings + "position_embeddings", POSITIONS + PADDING + 1, random);
    table(tensors, embeddings + "token_type_embeddings", 1, random);
    norm(tensors, embeddings + "LayerNorm", random);
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "roberta.encoder.layer." + layer + ".";
      linear(tensors, at + "attention.self.query", HIDDEN, HIDDEN, random);
      linear(tensors, at + "attention.self.key", HIDDEN, HIDDEN, random);
      linear(tensors, at + "attention.self.value", HIDDEN, HIDDEN, random);
      linear(tensors, at + "attention.output.dense", HIDDEN, HIDDEN, random);
      norm(tensors, at + "attention.output.LayerNorm", random);
      linear(tensors, at + "intermediate.dense", WIDE, HIDDEN, random);
      linear(tensors, at + "output.dense", HIDDEN, WIDE, random);
      norm(tensors, at + "output.LayerNorm", random);
    }
    linear(tensors, "roberta.pooler.dense", HIDDEN, HIDDEN, random);
    if (head) {
      linear(tensors, "classifier.dense", HIDDEN, HIDDEN, random);
      linear(tensors, "classifier.out_proj", 2, HIDDEN, random);
    } else {
      linear(tensors, "lm_head.dense", HIDDEN, HIDDEN, random);
      norm(tensors, "lm_head.layer_norm", random);
    }
    return tensors;
  }

  private static void table(
      Map<String, Tensor> tensors, String name, int rows, RandomGenerator random) {
    tensors.put(name + ".weight", normal(0, 0.5, random, rows, HIDDEN));
  }

  private static void linear(
      Map<String, Tensor> tensors, String name, int out, int in, RandomGenerator random) {
    tensors.put(name + ".weight", normal(0, 1.5 / Math.sqrt(in), random, out, in));
    tensors.put(name + ".bias", normal(0, 0.1, random, out));
  }

  private static void norm(Map<String, Tensor> tensors, String name, RandomGenerator random) {
    tensors.put(name + ".weight", normal(1, 0.1, random, HIDDEN));
    tensors.put(name + ".bias", normal(0, 0.1, random, HIDDEN));
  }

  private static Tensor normal(
      double mean, double deviation, RandomGenerator random, Integer... shape) {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian(mean, deviation);
    }
    return Tensor.of(values, shape);
  }
}
