package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker's way through the layers puts nothing on the heap. */
final class LayerAllocationIT {
  private static final long SEED = 3;
  private static final int TEXTS = 8;
  private static final int WARM_UP = 3000;
  private static final int PASSES = 500;

  @TempDir private Path work;

  @Test
  void layerExitAndKeep_onceWarm_allocateNothing() throws IOException, InterruptedException {
    Artifact artifact =
        Workshop.compile(
            Workshop.home().resolve("models/sst2-small"), work.resolve("shipped.offramp"));
    ModelConfig config = artifact.manifest().config();
    var random = new Random(SEED);
    List<EncodedText> texts =
        IntStream.range(0, TEXTS)
            .mapToObj(i -> EncodedText.of(random.ints(5 + i, 0, config.vocabSize()).toArray()))
            .toList();
    var logits = new float[TEXTS * config.classes()];
    int[] survivors = {0, 2, 3, 7};
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().threadId();
    try (Backend backend = Workshop.open(artifact);
        LayerKernels kernels = backend.kernels(128, TEXTS)) {
      for (int pass = 0; pass < WARM_UP; pass++) {
        pass(kernels, texts, config, survivors, logits);
      }
      long[] allocated = new long[PASSES];
      for (int pass = 0; pass < PASSES; pass++) {
        kernels.start(texts);
        long before = threads.getThreadAllocatedBytes(thread);
        layers(kernels, config, survivors, logits);
        allocated[pass] = threads.getThreadAllocatedBytes(thread) - before;
      }
      // The JVM itself may put something on this thread's account now and then, as when it
      // recompiles.
      long quiet = Arrays.stream(allocated).filter(bytes -> bytes == 0).count();
      assertThat(quiet).as("passes of %d that allocated nothing", PASSES).isGreaterThan(PASSES / 2);
    }
  }

  private static void pass(
      LayerKernels kernels,
      List<EncodedText> texts,
      ModelConfig config,
      int[] survivors,
      float[] logits) {
    kernels.start(texts);
    layers(kernels, config, survivors, logits);
  }

  private static void layers(
      LayerKernels kernels, ModelConfig config, int[] survivors, float[] logits) {
    for (int depth = 1; depth <= config.layers(); depth++) {
      kernels.layer(depth);
      kernels.exit(depth, logits);
      if (depth == 2) {
        kernels.keep(survivors, survivors.length);
      }
    }
  }
}
