package dev.offramp.model.reference;

import dev.offramp.model.checkpoint.Tensor;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Random weights under the names that another program gives them. */
final class RandomTensors {
  private RandomTensors() {}

  /** A table of embeddings {@code [rows, width]}. */
  static void table(
      Map<String, Tensor> tensors, String name, int rows, int width, RandomGenerator random) {
    tensors.put(name + ".weight", normal(0, 0.5, random, rows, width));
  }

  /** A linear map {@code [out, in]} and its bias. */
  static void linear(
      Map<String, Tensor> tensors, String name, int out, int in, RandomGenerator random) {
    tensors.put(name + ".weight", normal(0, 1.5 / Math.sqrt(in), random, out, in));
    tensors.put(name + ".bias", normal(0, 0.1, random, out));
  }

  /** A LayerNorm of {@code width}. */
  static void norm(Map<String, Tensor> tensors, String name, int width, RandomGenerator random) {
    tensors.put(name + ".weight", normal(1, 0.1, random, width));
    tensors.put(name + ".bias", normal(0, 0.1, random, width));
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
