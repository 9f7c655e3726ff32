package dev.offramp.model.exit;

import java.util.random.RandomGenerator;

/** Traces for tests. */
final class Traces {
  private Traces() {}

  /** A whole trace of 1 to 12 exits over 2 to 4 classes. */
  static Trace random(RandomGenerator random) {
    int layers = random.nextInt(1, 13);
    int classes = random.nextInt(2, 5);
    float[] logits = new float[layers * classes];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (2 * random.nextGaussian());
    }
    return Trace.of(layers, classes, logits);
  }

  /** A trace of two classes whose exits say {@code labels}, from depth 1 on. */
  static Trace ofLabels(int layers, int... labels) {
    float[] logits = new float[2 * labels.length];
    for (int d = 0; d < labels.length; d++) {
      logits[2 * d + labels[d]] = 1;
    }
    return Trace.of(layers, 2, logits);
  }
}
