package dev.offramp.bench.workload;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Encoders with random weights: the arithmetic costs the same as that of trained ones.
 *
 * <p>Weights are scaled by their fan-in, so that rows keep the spread that they have in a trained
 * model and no layer saturates.
 */
public final class RandomEncoder {
  private static final int VOCABULARY = 64;
  private static final int CLASSES = 16;
  private static final float SURE = 50;

  private RandomEncoder() {}

  /** BERT-base's shape with {@code layers} layers; embeddings are just large enough to exist. */
  public static ModelConfig bertBase(int layers, int maxPositions) {
    List<String> labels = IntStream.range(0, CLASSES).mapToObj(c -> "class" + c).toList();
    return new ModelConfig(layers, 768, 12, 3072, VOCABULARY, maxPositions, 2, 1e-12, labels);
  }

  /** A checkpoint of {@code config}. */
  public static Checkpoint checkpoint(ModelConfig config, RandomGenerator random) {
    var tensors = new LinkedHashMap<String, Tensor>();
    TensorNames.shapes(config)
        .forEach((name, shape) -> {
          boolean gain = name.endsWith("LayerNorm.weight");
          double scale = shape.size() == 2 ? 1 / Math.sqrt(shape.get(1)) : 0.1;
          float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((gain ? 1 : 0) + scale * random.nextGaussian());
          }
          tensors.put(name, new Tensor(shape, values));
        });
    return new Checkpoint(config, tensors);
  }

  /**
   * The same with exits that know nothing of any text below a depth, and are sure of all from it
   * on: logits that are alike, or one that is far above the others.
   */
  public static Checkpoint leavingAt(Checkpoint checkpoint, int depth) {
    ModelConfig config = checkpoint.config();
    var tensors = new LinkedHashMap<>(checkpoint.tensors());
    for (int exit = 1; exit <= config.layers(); exit++) {
      String name = TensorNames.exit(exit, config.layers());
      float[] bias = new float[config.classes()];
      bias[0] = exit < depth ? 0 : SURE;
      tensors.put(name + ".bias", new Tensor(List.of(bias.length), bias));
      List<Integer> shape = List.of(config.classes(), config.hiddenSize());
      tensors.put(
          name + ".weight", new Tensor(shape, new float[config.classes() * config.hiddenSize()]));
    }
    return new Checkpoint(config, tensors);
  }

  /** The texts of a case. */
  public static List<EncodedText> texts(
      TokenCase tokens, ModelConfig config, RandomGenerator random) {
    return tokens.lengths().stream()
        .map(length ->
            EncodedText.of(
                random.ints(length, 0, config.vocabSize()).toArray(),
                random.ints(length, 0, config.typeVocabSize()).toArray()))
        .toList();
  }

  /** Writes {@code checkpoint} as one that can be compiled, with a vocabulary that nobody reads. */
  public static void write(Checkpoint checkpoint, Path directory) throws IOException {
    Path vocabulary = Files.createTempDirectory("offramp-vocabulary");
    try {
      var pieces = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
      for (int id = pieces.size(); id < checkpoint.config().vocabSize(); id++) {
        pieces.add("piece" + id);
      }
      Files.write(vocabulary.resolve(Tokenizer.VOCABULARY), pieces);
      checkpoint.write(directory, vocabulary);
    } finally {
      AtomicFiles.deleteTree(vocabulary);
    }
  }
}
