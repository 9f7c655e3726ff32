package dev.offramp.bench.kernels;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Random weights of one layer and of what comes before and after it, scaled by their fan-in as in
 * {@code bench peers}.
 *
 * <p>Shapes: weights are {@code [N, K]} as in a checkpoint.
 */
final class KernelModel {
  /** BERT-base with its own vocabulary, two classes. */
  static final ModelConfig BERT_BASE =
      new ModelConfig(1, 768, 12, 3072, 30_522, 512, 2, 1e-12, List.of("negative", "positive"));

  private final ModelConfig config;
  private final Dense qkv;
  private final Dense attentionOutput;
  private final Dense up;
  private final Dense down;
  private final Dense pooler;
  private final Dense exit;
  private final Norm norm;
  private final Tensor word;
  private final Tensor position;
  private final Tensor type;

  /** A product's weight {@code [N, K]} and bias {@code [N]}. */
  record Dense(Tensor weight, Tensor bias) {
    int inner() {
      return weight.shape().get(1);
    }

    int outer() {
      return weight.shape().get(0);
    }
  }

  /** LayerNorm's gain and bias {@code [H]}. */
  record Norm(Tensor gamma, Tensor beta) {}

  KernelModel(ModelConfig config, long seed) {
    var random = new SplittableRandom(seed);
    int h = config.hiddenSize();
    this.config = config;
    qkv = dense(random, 3 * h, h);
    attentionOutput = dense(random, h, h);
    up = dense(random, config.intermediateSize(), h);
    down = dense(random, h, config.intermediateSize());
    pooler = dense(random, h, h);
    exit = dense(random, config.classes(), h);
    norm = new Norm(tensor(random, 1, 0.1, h), tensor(random, 0, 0.1, h));
    word = tensor(random, 0, 1, config.vocabSize(), h);
    position = tensor(random, 0, 1, config.maxPositions(), h);
    type = tensor(random, 0, 1, config.typeVocabSize(), h);
  }

  ModelConfig config() {
    return config;
  }

  Dense qkv() {
    return qkv;
  }

  Dense attentionOutput() {
    return attentionOutput;
  }

  Dense up() {
    return up;
  }

  Dense down() {
    return down;
  }

  Dense pooler() {
    return pooler;
  }

  Dense exit() {
    return exit;
  }

  /** One for all LayerNorms. */
  Norm norm() {
    return norm;
  }

  Tensor word() {
    return word;
  }

  Tensor position() {
    return position;
  }

  Tensor type() {
    return type;
  }

  /** Values around {@code center} with that standard deviation, uniform: fast to make. */
  static Tensor tensor(SplittableRandom random, double center, double deviation, Integer... shape) {
    var values = new float[IntStream.of(unboxed(shape)).reduce(1, Math::multiplyExact)];
    double width = deviation * Math.sqrt(12);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (center + width * (random.nextDouble() - 0.5));
    }
    return Tensor.of(values, shape);
  }

  private static int[] unboxed(Integer... shape) {
    return List.of(shape).stream().mapToInt(Integer::intValue).toArray();
  }

  private static Dense dense(SplittableRandom random, int outer, int inner) {
    return new Dense(
        tensor(random, 0, 1 / Math.sqrt(inner), outer, inner), tensor(random, 0, 0.1, outer));
  }
}
