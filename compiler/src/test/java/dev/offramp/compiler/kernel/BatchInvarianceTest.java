package dev.offramp.compiler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A sequence gets the same answer, bit for bit, alone and in any company, at any place and in
 * buffers of any capacity. The whole layer runs, so no kernel can hide.
 */
final class BatchInvarianceTest {
  private static final long SEED = 99;

  @TempDir Path directory;

  static List<CpuTarget> targets() {
    return KernelHarness.targets().toList();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void layer_sameSequenceInDifferentCompany_sameBits(CpuTarget target) throws IOException {
    var config = new ModelConfig(2, 96, 3, 1200, 31, 64, 2, 1e-12, List.of("a", "b", "c"));
    System.out.printf("BatchInvarianceTest: %s, seed %d%n", target, SEED);
    try (var harness = KernelHarness.of(config, target, directory, SEED)) {
      var layer = new Layer(harness);
      for (int length : new int[] {1, 5, 8, 13, 31, 64}) {
        Tensor own = harness.randomTensor(1, length, config.hiddenSize());
        float[] alone = layer.logits(List.of(own), 0, harness.capacity(length));
        for (int company = 1; company < 9; company++) {
          var batch = new ArrayList<Tensor>();
          for (int length2 : harness.randomLengths(company)) {
            batch.add(harness.randomTensor(1, length2, config.hiddenSize()));
          }
          int place = harness.random.nextInt(company + 1);
          batch.add(place, own);
          int tokens = batch.stream().mapToInt(x -> x.shape().getFirst()).sum();
          float[] together = layer.logits(batch, place, harness.capacity(tokens));
          assertThat(together)
              .as("length %d in place %d of %d", length, place, company + 1)
              .isEqualTo(alone);
        }
      }
    }
  }

  /** A layer and an exit with fixed weights. */
  private static final class Layer {
    private final KernelHarness harness;
    private final int width;
    private final int wide;
    private final List<Object> qkv;
    private final List<Object> attention;
    private final List<Object> up;
    private final List<Object> down;
    private final List<Object> pooler;
    private final Tensor classifier;

    Layer(KernelHarness harness) {
      this.harness = harness;
      this.width = harness.config.hiddenSize();
      this.wide = harness.config.intermediateSize();
      Schedules schedules = harness.kernels.schedules();
      this.qkv = packed(schedules.qkv(), 3 * width, width);
      this.attention = packed(schedules.attentionOutput(), width, width);
      this.up = packed(schedules.up(), wide, width);
      this.down = packed(schedules.down(), width, wide);
      this.pooler = packed(schedules.pooler(), width, width);
      this.classifier = harness.randomTensor(1, harness.config.classes(), width);
    }

    private List<Object> packed(GemmSchedule schedule, int outer, int inner) {
      return harness.packed(
          schedule, harness.randomTensor(0.1, outer, inner), harness.randomTensor(0.1, outer));
    }

    /** The bits of one sequence's hidden rows and logits. */
    float[] logits(List<Tensor> sequences, int which, int capacity) {
      int[] offsets =
          KernelHarness.offsets(sequences.stream().mapToInt(x -> x.shape().getFirst()).toArray());
      int tokens = offsets[sequences.size()];
      var packed = new float[capacity * width];
      for (int s = 0; s < sequences.size(); s++) {
        float[] values = sequences.get(s).values();
        System.arraycopy(values, 0, packed, offsets[s] * width, values.length);
      }
      Tensor x = rows(packed, width);
      Tensor ones = constant(1, width);
      Tensor zeros = constant(0, width);
      Tensor projected =
          rows(call(KernelNames.QKV, capacity, 3 * width, tokens, x, qkv), 3 * width);
      Tensor attended =
          rows(
              call(KernelNames.ATTENTION, capacity, width, sequences.size(), offsets, projected),
              width);
      Tensor middle =
          rows(
              call(
                  KernelNames.ATTENTION_OUTPUT,
                  capacity,
                  width,
                  tokens,
                  attended,
                  attention,
                  x,
                  ones,
                  zeros),
              width);
      Tensor raised = rows(call(KernelNames.FFN_UP, capacity, wide, tokens, middle, up), wide);
      Tensor out =
          rows(
              call(
                  KernelNames.FFN_DOWN, capacity, width, tokens, raised, down, middle, ones, zeros),
              width);
      int classes = harness.config.classes();
      float[] logits =
          call(
              KernelNames.EXIT_HEAD,
              sequences.size(),
              classes,
              sequences.size(),
              offsets,
              out,
              pooler,
              classifier,
              constant(0, classes));
      float[] own =
          Arrays.copyOfRange(out.values(), offsets[which] * width, offsets[which + 1] * width);
      float[] result = Arrays.copyOf(own, own.length + classes);
      System.arraycopy(logits, which * classes, result, own.length, classes);
      return result;
    }

    private float[] call(String kernel, int rows, int columns, Object... arguments) {
      return harness.call(kernel, rows, columns, arguments);
    }

    private static Tensor rows(float[] values, int width) {
      return Tensor.of(values, values.length / width, width);
    }

    private static Tensor constant(float value, int size) {
      var values = new float[size];
      Arrays.fill(values, value);
      return Tensor.of(values, size);
    }
  }
}
