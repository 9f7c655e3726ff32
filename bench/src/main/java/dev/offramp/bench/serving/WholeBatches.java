package dev.offramp.bench.serving;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.LayerKernels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The server that the engine is compared with: the same kernels, batches of the same size, as full
 * as they get, but a batch runs whole until the last of its texts may leave, and only then the next
 * one starts.
 *
 * @param backend runs the batches
 * @param layers of the model
 * @param classes of the model
 * @param limits of a batch
 * @param texts taken round and round
 */
record WholeBatches(
    Backend backend, int layers, int classes, BatchLimits limits, List<EncodedText> texts) {

  /** The texts a second that so many workers answer. */
  double run(ExitRule rule, int workers, Duration window) throws InterruptedException {
    try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      var results = new ArrayList<Future<Double>>();
      for (int worker = 0; worker < workers; worker++) {
        int from = worker * texts.size() / workers;
        results.add(threads.submit(() -> work(rule, from, window)));
      }
      double perSecond = 0;
      for (Future<Double> result : results) {
        perSecond += result.get();
      }
      return perSecond;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a batch failed: " + e.getCause(), e.getCause());
    }
  }

  private double work(ExitRule rule, int from, Duration window) {
    try (LayerKernels kernels = backend.kernels(limits.tokens(), limits.sequences())) {
      runWhole(kernels, batch(from), rule); // The first touch of its memory.
      long began = System.nanoTime();
      long answered = 0;
      int next = from;
      double seconds;
      do {
        List<EncodedText> batch = batch(next);
        runWhole(kernels, batch, rule);
        next = (next + batch.size()) % texts.size();
        answered += batch.size();
        seconds = (System.nanoTime() - began) / 1e9;
      } while (seconds < window.toNanos() / 1e9);
      return answered / seconds;
    }
  }

  private List<EncodedText> batch(int from) {
    var batch = new ArrayList<EncodedText>();
    int tokens = 0;
    for (int i = from; batch.size() < limits.sequences(); i = (i + 1) % texts.size()) {
      EncodedText text = texts.get(i);
      tokens += text.length();
      if (tokens > limits.tokens()) {
        break;
      }
      batch.add(text);
    }
    return batch;
  }

  private void runWhole(LayerKernels kernels, List<EncodedText> batch, ExitRule rule) {
    int count = batch.size();
    float[] logits = new float[count * classes];
    float[][] traces = new float[count][layers * classes];
    boolean[] left = new boolean[count];
    int leaving = 0;
    kernels.start(batch);
    for (int depth = 1; leaving < count; depth++) {
      kernels.layer(depth);
      kernels.exit(depth, logits);
      for (int s = 0; s < count; s++) {
        System.arraycopy(logits, s * classes, traces[s], (depth - 1) * classes, classes);
        if (!left[s]
            && Trace.of(layers, classes, traces[s], depth).exitAt(rule, depth).isPresent()) {
          left[s] = true;
          leaving++;
        }
      }
    }
  }
}
