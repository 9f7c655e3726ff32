package dev.offramp.bench;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Encoders with random weights: the arithmetic costs the same as that of trained ones.
 *
 * <p>Weights are scaled by their fan-in, so that rows keep the spread that they have in a trained
 * model and no layer saturates.
 */
final class RandomEncoder {
  private RandomEncoder() {}

  /** BERT-base's shape with {@code layers} layers, and embeddings just large enough to exist. */
  static ModelConfig bertBase(int layers, int maxPositions) {
    return new ModelConfig(
        layers, 768, 12, 3072, 8, maxPositions, 2, 1e-12, List.of("negative", "positive"));
  }

  /** A checkpoint of {@code config}. */
  static Checkpoint checkpoint(ModelConfig config, RandomGenerator random) {
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

  /** Rows as a LayerNorm leaves them: {@code [tokens, H]}. */
  static float[] rows(TokenCase tokens, ModelConfig config, RandomGenerator random) {
    float[] rows = new float[Math.multiplyExact(tokens.tokens(), config.hiddenSize())];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    return rows;
  }
}
