package dev.offramp.model.reference;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import dev.offramp.model.text.EncodedText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Random models and texts, the same for the same seed, scaled so that their exits disagree. */
public final class RandomModels {
  private RandomModels() {}

  /** A small shape: {@code layers} layers of width {@code hidden}. */
  public static ModelConfig config(
      int layers, int hidden, int heads, int intermediate, int classes) {
    List<String> labels = IntStream.range(0, classes).mapToObj(c -> "class" + c).toList();
    return new ModelConfig(layers, hidden, heads, intermediate, 97, 64, 2, 1e-12, labels);
  }

  /** A checkpoint of {@code config} with random weights. */
  public static Checkpoint checkpoint(ModelConfig config, RandomGenerator random) {
    var tensors = new LinkedHashMap<String, Tensor>();
    TensorNames.shapes(config)
        .forEach((name, shape) -> {
          int size = shape.stream().reduce(1, (a, b) -> a * b);
          float[] values = new float[size];
          boolean gain = name.endsWith("LayerNorm.weight");
          double scale = shape.size() == 2 ? 1.5 / Math.sqrt(shape.get(1)) : 0.1;
          for (int i = 0; i < size; i++) {
            values[i] = (float) ((gain ? 1 : 0) + scale * random.nextGaussian());
          }
          tensors.put(name, new Tensor(shape, values));
        });
    return new Checkpoint(config, tensors);
  }

  /** A random text of {@code length} tokens. */
  public static EncodedText text(ModelConfig config, int length, RandomGenerator random) {
    int[] ids = random.ints(length, 0, config.vocabSize()).toArray();
    int[] types = random.ints(length, 0, config.typeVocabSize()).toArray();
    return EncodedText.of(ids, types);
  }
}
