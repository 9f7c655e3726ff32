package dev.offramp.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForcedExitsTest {
  private static final int LAYERS = 12;
  private static final int CLASSES = 3;

  /** Layers that do nothing, and exits that say nothing. */
  private static final Backend SILENT =
      new Backend() {
        @Override
        public LayerKernels kernels(int maxTokens, int maxSequences) {
          return new LayerKernels() {
            @Override
            public void start(List<EncodedText> texts) {}

            @Override
            public void layer(int depth) {}

            @Override
            public void exit(int depth, float[] logits) {}

            @Override
            public void keep(int[] survivors, int count) {}

            @Override
            public void save(int text, float[] rows) {}

            @Override
            public void resume(List<float[]> rows) {}

            @Override
            public void join(List<float[]> rows) {}

            @Override
            public void close() {}
          };
        }

        @Override
        public void close() {}
      };

  private final LayerKernels kernels = new ForcedExits(SILENT, LAYERS, CLASSES).kernels(4096, 4096);

  private static List<EncodedText> texts(int count, long seed) {
    var random = new Random(seed);
    var texts = new ArrayList<EncodedText>();
    for (int i = 0; i < count; i++) {
      texts.add(EncodedText.of(random.ints(8 + random.nextInt(40), 0, 64).toArray()));
    }
    return texts;
  }

  /** Where each text leaves, all of them in one batch to the end. */
  private int[] depths(List<EncodedText> texts, ExitRule rule) {
    kernels.start(texts);
    var depths = new int[texts.size()];
    var traces = new float[texts.size()][LAYERS * CLASSES];
    var logits = new float[texts.size() * CLASSES];
    for (int depth = 1; depth <= LAYERS; depth++) {
      kernels.layer(depth);
      kernels.exit(depth, logits);
      for (int i = 0; i < depths.length; i++) {
        System.arraycopy(logits, i * CLASSES, traces[i], (depth - 1) * CLASSES, CLASSES);
        Trace trace = Trace.of(LAYERS, CLASSES, traces[i], depth);
        if (depths[i] == 0 && trace.exitAt(rule, depth).isPresent()) {
          depths[i] = depth;
        }
      }
    }
    return depths;
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.5, 2, 3, 4})
  void rule_ofASpeedup_letsTextsRunThatManyLayersOnAverage(double speedup) {
    int[] depths = depths(texts(4000, 1), ForcedExits.rule(LAYERS, speedup));
    double mean = 0;
    int last = 0;
    for (int depth : depths) {
      mean += (double) depth / depths.length;
      last += depth == LAYERS ? 1 : 0;
    }
    assertThat(LAYERS / mean).isCloseTo(speedup, within(0.05 * speedup));
    assertThat(last).as("that run every layer").isPositive();
  }

  @Test
  void kernels_textsAreDroppedSavedAndMerged_eachGoesOnWithItsOwnDifficulty() {
    List<EncodedText> texts = texts(40, 2);
    var random = new Random(3);
    for (int trial = 0; trial < 50; trial++) {
      var order = new ArrayList<>(texts);
      java.util.Collections.shuffle(order, random);
      List<EncodedText> first = order.subList(0, 20);
      List<EncodedText> second = order.subList(20, 40);
      kernels.start(first);
      float[][] rows = new float[20][1];
      for (int i = 0; i < 20; i++) {
        kernels.save(i, rows[i]);
      }
      kernels.start(second);
      int[] survivors = random.ints(0, 20).distinct().limit(7).sorted().toArray();
      kernels.keep(survivors, survivors.length);
      kernels.join(List.of(rows).subList(0, 9));
      var expected = new ArrayList<EncodedText>();
      for (int survivor : survivors) {
        expected.add(second.get(survivor));
      }
      expected.addAll(first.subList(0, 9));
      assertSays(expected);
      kernels.resume(List.of(rows).subList(9, 20));
      assertSays(first.subList(9, 20));
    }
  }

  private void assertSays(List<EncodedText> texts) {
    var logits = new float[texts.size() * CLASSES];
    kernels.exit(5, logits);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(logits[i * CLASSES])
          .isEqualTo((float) Math.log(5 / ForcedExits.difficulty(texts.get(i))));
    }
  }
}
