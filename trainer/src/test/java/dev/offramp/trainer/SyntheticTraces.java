package dev.offramp.trainer;

import dev.offramp.model.exit.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Traces as a trained model's are: deeper exits are surer and more often right, hard texts stay
 * uncertain, and an exit's errors are not independent of the next one's.
 */
final class SyntheticTraces {
  private SyntheticTraces() {}

  /** The same traces for the same seed; labels are known. */
  static Evaluation evaluation(int texts, int layers, int classes, long seed) {
    var random = new Random(seed);
    var traces = new ArrayList<Trace>();
    var labels = new ArrayList<Integer>();
    for (int n = 0; n < texts; n++) {
      int label = random.nextInt(classes);
      double ease = Math.exp(random.nextGaussian());
      var logits = new float[layers * classes];
      var noise = new double[classes];
      for (int depth = 1; depth <= layers; depth++) {
        for (int c = 0; c < classes; c++) {
          noise[c] = 0.6 * noise[c] + 0.8 * random.nextGaussian();
          double lift = c == label ? 1.5 * ease * depth / Math.sqrt(layers) : 0;
          logits[(depth - 1) * classes + c] = (float) (lift + noise[c]);
        }
      }
      traces.add(Trace.of(layers, classes, logits));
      labels.add(label);
    }
    List<String> names = IntStream.range(0, classes).mapToObj(c -> "class" + c).toList();
    return new Evaluation(layers, names, traces, Optional.of(labels), 0);
  }
}
