package dev.offramp.bench;

import dev.offramp.bench.PeerEngine.Pass;
import dev.offramp.bench.kernels.Medians;
import dev.offramp.cli.CommandFailedException;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.List;

/**
 * How much more two workers get done than one: each takes a batch of its own through the layers, on
 * weights that they share.
 *
 * <p>Threading: one thread, besides the engine's workers.
 */
final class Scaling {
  private static final int WARM_UP_ROUNDS = 2;

  private Scaling() {}

  /**
   * The median over rounds of the throughput of two workers over that of one, which take turns.
   *
   * @param engine of two threads
   * @param texts the batch that every worker has
   */
  static double ofTwoWorkers(OfframpEngine engine, List<EncodedText> texts, int rounds) {
    var twice = new ArrayList<>(texts);
    twice.addAll(texts);
    try (Pass one = engine.prepare(texts, 1);
        Pass two = engine.prepare(twice, 2)) {
      var ratios = new double[rounds];
      for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
        boolean oneFirst = round % 2 == 0;
        long first = nanos(oneFirst ? one : two);
        long second = nanos(oneFirst ? two : one);
        if (round >= 0) {
          ratios[round] = 2.0 * (oneFirst ? first : second) / (oneFirst ? second : first);
        }
      }
      return Medians.of(ratios);
    }
  }

  private static long nanos(Pass pass) {
    try {
      Thread.sleep(5); // Lets what the last run started come to rest.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailedException("interrupted");
    }
    pass.reset();
    long start = System.nanoTime();
    pass.run();
    return System.nanoTime() - start;
  }
}
