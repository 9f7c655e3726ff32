package dev.offramp.compiler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.check.PlainKernels;
import dev.offramp.compiler.check.PlainProducts;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel of every target that runs here, against plain Java, many random batches each. */
final class KernelTest {
  private static final long SEED = 4711;
  private static final int BATCHES = 8;

  @TempDir Path directory;

  /**
   * Widths that are multiples of 64, 48, 32, 16 and only 8, heads of 8 to 64, a K that is cut into
   * blocks, one class and many; ALBERTs whose embeddings are as narrow as may be, as wide as the
   * hidden size, and between.
   */
  static Stream<Arguments> shapes() {
    var configs =
        List.of(
            config(64, 1, 256, 2),
            config(72, 9, 40, 3),
            config(96, 2, 48, 17),
            config(80, 5, 1536, 2),
            config(128, 4, 512, 5),
            config(64, 1, 256, 2).asAlbert(8),
            config(72, 9, 40, 3).asAlbert(56),
            config(96, 2, 48, 2).asAlbert(96),
            config(80, 5, 96, 2).asAlbert(24));
    return KernelHarness.targets()
        .flatMap(target -> configs.stream().map(config -> Arguments.of(target, config)));
  }

  private static ModelConfig config(int hidden, int heads, int wide, int classes) {
    List<String> labels = IntStream.range(0, classes).mapToObj(c -> "c" + c).toList();
    return new ModelConfig(3, hidden, heads, wide, 53, 70, 2, 1e-12, labels);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void kernels_randomRaggedBatches_agreeWithPlainJava(CpuTarget target, ModelConfig config)
      throws IOException {
    System.out.printf(
        "KernelTest: %s, hidden %d, embedding %d, seed %d%n",
        target, config.hiddenSize(), config.embeddingSize(), SEED);
    try (var harness = KernelHarness.of(config, target, directory, SEED)) {
      for (int batch = 0; batch < BATCHES; batch++) {
        int[] offsets = KernelHarness.offsets(harness.randomLengths(1 + batch));
        embed(harness, offsets);
        if (config.sharedLayers()) {
          embedProjection(harness, offsets);
        }
        qkv(harness, offsets);
        attention(harness, offsets);
        residual(harness, offsets, KernelNames.ATTENTION_OUTPUT, config.hiddenSize());
        feedForwardUp(harness, offsets);
        residual(harness, offsets, KernelNames.FFN_DOWN, config.intermediateSize());
        exitHead(harness, offsets);
        compact(harness, offsets);
      }
    }
  }

  private static void embed(KernelHarness harness, int[] offsets) {
    ModelConfig config = harness.config;
    int width = config.embeddingSize();
    int tokens = last(offsets);
    int capacity = harness.capacity(tokens);
    int[] ids = harness.randomIds(capacity, config.vocabSize());
    int[] positions = harness.randomIds(capacity, config.maxPositions());
    int[] types = harness.randomIds(capacity, config.typeVocabSize());
    Tensor word = harness.randomTensor(1, config.vocabSize(), width);
    Tensor position = harness.randomTensor(1, config.maxPositions(), width);
    Tensor type = harness.randomTensor(1, config.typeVocabSize(), width);
    Tensor gamma = harness.randomTensor(1, width);
    Tensor beta = harness.randomTensor(1, width);

    float[] actual =
        harness.call(
            KernelNames.EMBED,
            capacity,
            width,
            tokens,
            ids,
            positions,
            types,
            word,
            position,
            type,
            gamma,
            beta);

    float[] sum =
        PlainKernels.lookup(
            ids, positions, types, word.values(), position.values(), type.values(), width);
    float[] expected =
        PlainKernels.layerNorm(sum, gamma.values(), beta.values(), config.layerNormEpsilon());
    assertClose(KernelNames.EMBED, actual, expected, tokens * width, 4e-6);
  }

  private static void embedProjection(KernelHarness harness, int[] offsets) {
    int inner = harness.config.embeddingSize();
    int outer = harness.config.hiddenSize();
    int tokens = last(offsets);
    int capacity = harness.capacity(tokens);
    Tensor x = harness.randomTensor(1, capacity, inner);
    Tensor weight = harness.randomTensor(0.5, outer, inner);
    Tensor bias = harness.randomTensor(1, outer);
    GemmSchedule schedule = harness.kernels.schedules().embedProjection().orElseThrow();

    float[] actual =
        harness.call(
            KernelNames.EMBED_PROJECTION,
            capacity,
            outer,
            tokens,
            x,
            harness.packed(schedule, weight, bias));

    float[] expected = dense(harness, x, capacity, weight, bias);
    assertClose(
        KernelNames.EMBED_PROJECTION, actual, expected, tokens * outer, sumTolerance(inner));
  }

  private static void qkv(KernelHarness harness, int[] offsets) {
    int width = harness.config.hiddenSize();
    int tokens = last(offsets);
    int capacity = harness.capacity(tokens);
    Tensor x = harness.randomTensor(1, capacity, width);
    Tensor weight = harness.randomTensor(0.5, 3 * width, width);
    Tensor bias = harness.randomTensor(1, 3 * width);

    float[] actual =
        harness.call(
            KernelNames.QKV,
            capacity,
            3 * width,
            tokens,
            x,
            harness.packed(harness.kernels.schedules().qkv(), weight, bias));

    float[] expected = dense(harness, x, capacity, weight, bias);
    assertClose(KernelNames.QKV, actual, expected, tokens * 3 * width, sumTolerance(width));
  }

  private static void attention(KernelHarness harness, int[] offsets) {
    ModelConfig config = harness.config;
    int width = config.hiddenSize();
    int tokens = last(offsets);
    int capacity = harness.capacity(tokens);
    // Large scores as well: a softmax that saturates must not overflow.
    double scale = harness.random.nextBoolean() ? 1 : 8;
    Tensor qkv = harness.randomTensor(scale, capacity, 3 * width);

    float[] actual =
        harness.call(KernelNames.ATTENTION, capacity, width, offsets.length - 1, offsets, qkv);

    float[] expected =
        PlainKernels.attention(offsets, qkv.values(), config.heads(), config.headSize());
    // A score of size 8 * 8 * sqrt(d) carries an error of its own magnitude into the exponent.
    assertClose(
        KernelNames.ATTENTION,
        actual,
        expected,
        tokens * width,
        scale * scale * sumTolerance(config.headSize()));
  }

  private static void residual(KernelHarness harness, int[] offsets, String kernel, int inner) {
    int width = harness.config.hiddenSize();
    int tokens = last(offsets);
    int capacity = harness.capacity(tokens);
    boolean down = kernel.equals(KernelNames.FFN_DOWN);
    Schedules schedules = harness.kernels.schedules();
    GemmSchedule schedule = down ? schedules.down() : schedules.attentionOutput();
    Tensor x = harness.randomTensor(1, capacity, inner);
    Tensor weight = harness.randomTensor(0.5, width, inner);
    Tensor bias = harness.randomTensor(1, width);
    Tensor residual = harness.randomTensor(3, capacity, width);
    Tensor gamma = harness.randomTensor(1, width);
    Tensor beta = harness.randomTensor(1, width);

    float[] actual =
        harness.call(
            kernel,
            capacity,
            width,
            tokens,
            x,
            harness.packed(schedule, weight, bias),
            residual,
            gamma,
            beta);

    float[] sum = PlainKernels.add(dense(harness, x, capacity, weight, bias), residual.values());
    float[] expected =
        PlainKernels.layerNorm(
            sum, gamma.values(), beta.values(), harness.config.layerNormEpsilon());
    assertClose(kernel, actual, expected, tokens * width, sumTolerance(inner));
  }

  private static void feedForwardUp(KernelHarness harness, int[] offsets) {
    int width = harness.config.hiddenSize();
    int wide = harness.config.intermediateSize();
    int tokens = last(offsets);
    int capacity = harness.capacity(tokens);
    Tensor x = harness.randomTensor(1, capacity, width);
    Tensor weight = harness.randomTensor(0.3, wide, width);
    Tensor bias = harness.randomTensor(1, wide);

    float[] actual =
        harness.call(
            KernelNames.FFN_UP,
            capacity,
            wide,
            tokens,
            x,
            harness.packed(harness.kernels.schedules().up(), weight, bias));

    float[] expected = PlainKernels.gelu(dense(harness, x, capacity, weight, bias));
    assertClose(KernelNames.FFN_UP, actual, expected, tokens * wide, sumTolerance(width));
  }

  private static void exitHead(KernelHarness harness, int[] offsets) {
    int width = harness.config.hiddenSize();
    int classes = harness.config.classes();
    int sequences = offsets.length - 1;
    Tensor x = harness.randomTensor(1, harness.capacity(last(offsets)), width);
    Tensor poolerWeight = harness.randomTensor(0.1, width, width);
    Tensor poolerBias = harness.randomTensor(0.1, width);
    Tensor weight = harness.randomTensor(1, classes, width);
    Tensor bias = harness.randomTensor(1, classes);

    float[] actual =
        harness.call(
            KernelNames.EXIT_HEAD,
            sequences + harness.random.nextInt(3),
            classes,
            sequences,
            offsets,
            x,
            harness.packed(harness.kernels.schedules().pooler(), poolerWeight, poolerBias),
            weight,
            bias);

    float[] cls = PlainKernels.gather(x.values(), Arrays.copyOf(offsets, sequences), width);
    float[] pooled =
        PlainKernels.tanh(
            dense(harness, Tensor.of(cls, sequences, width), sequences, poolerWeight, poolerBias));
    float[] expected = PlainKernels.dense(pooled, sequences, weight.values(), bias.values());
    assertClose(KernelNames.EXIT_HEAD, actual, expected, sequences * classes, sumTolerance(width));
  }

  private static void compact(KernelHarness harness, int[] offsets) {
    int width = harness.config.hiddenSize();
    int capacity = harness.capacity(last(offsets));
    Tensor x = harness.randomTensor(1, capacity, width);
    int[] rows = harness.randomIds(capacity, capacity);
    int kept = harness.random.nextInt(capacity + 1);

    float[] actual = harness.call(KernelNames.COMPACT, capacity, width, kept, rows, x);

    float[] expected = PlainKernels.gather(x.values(), rows, width);
    assertThat(Arrays.copyOf(actual, kept * width))
        .isEqualTo(Arrays.copyOf(expected, kept * width));
    assertThat(Arrays.copyOfRange(actual, kept * width, actual.length))
        .as("rows beyond the count stay untouched")
        .isEqualTo(new float[actual.length - kept * width]);
  }

  private static float[] dense(
      KernelHarness harness, Tensor x, int rows, Tensor weight, Tensor bias) {
    return PlainProducts.dense(
        harness.target.precision(), x.values(), rows, weight.values(), bias.values());
  }

  /** Rounding errors of a sum of that many products of numbers of size 1. */
  private static double sumTolerance(int terms) {
    return 4e-7 * (8 + Math.sqrt(terms));
  }

  private static void assertClose(
      String kernel, float[] actual, float[] expected, int count, double tolerance) {
    double scale = 1;
    for (int i = 0; i < count; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
    }
    for (int i = 0; i < count; i++) {
      double error = Math.abs(actual[i] - expected[i]) / scale;
      if (!(error <= tolerance)) {
        throw new AssertionError(
            "%s: element %d of %d is %s, expected %s; error %.2e, tolerance %.2e"
                .formatted(kernel, i, count, actual[i], expected[i], error, tolerance));
      }
    }
  }

  private static int last(int[] offsets) {
    return offsets[offsets.length - 1];
  }
}
