package dev.offramp.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.compiler.check.KernelLibrary;
import dev.offramp.compiler.check.KernelMismatchException;
import dev.offramp.compiler.check.SelfCheck;
import dev.offramp.compiler.opencl.OpenClKernels;
import dev.offramp.compiler.target.OpenClTarget;
import dev.offramp.compiler.tvm.SharedLibraryLinker;
import dev.offramp.compiler.tvm.TvmDevice;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.device.RequiresOpenCl;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels for OpenCL, on whatever device is here, against plain Java. */
@RequiresOpenCl
final class OpenClTest {
  private static final long SEED = 20_261_125;
  private static final double LOGIT_TOLERANCE = 1e-4;

  @TempDir Path directory;

  /** Kernels and weights of a random model. */
  private record Made(
      Checkpoint checkpoint, Path library, SequencedMap<String, HostTensor> packed) {}

  private Made make(ModelConfig config, Precision precision, Random random) throws IOException {
    Checkpoint checkpoint = RandomModels.checkpoint(config, random);
    var kernels = OpenClKernels.of(config, new OpenClTarget(precision));
    Path library = directory.resolve("kernels.so");
    SharedLibraryLinker.link(kernels.compile(library), library);
    var packed =
        PackedWeights.of(
            checkpoint, (kernel, prefix, weight, bias) -> kernels.pack(prefix, weight, bias));
    return new Made(checkpoint, library, packed);
  }

  @ParameterizedTest
  @CsvSource({
    "64, 2, 256, 2, float32",
    "40, 5, 72, 3, float32",
    "72, 1, 96, 5, float32",
    "264, 3, 136, 2, float32",
    "128, 1, 200, 300, float32",
    "64, 2, 256, 2, float16",
    "40, 5, 72, 3, float16",
    "264, 3, 136, 2, float16"
  })
  void kernels_awkwardSizes_eachAgreesWithPlainJava(
      int hidden, int heads, int wide, int classes, String precision) throws IOException {
    System.out.println("OpenClTest: seed " + SEED);
    var random = new Random(SEED);
    ModelConfig config = RandomModels.config(1, hidden, heads, wide, classes);
    Made made = make(config, Precision.ofId(precision), random);
    SelfCheck.run(
        made.library(),
        TvmDevice.OPENCL,
        made.checkpoint(),
        made.packed(),
        Precision.ofId(precision),
        1);
  }

  @ParameterizedTest
  @CsvSource({
    "64, 2, 8, float32",
    "72, 3, 72, float32",
    "264, 3, 24, float32",
    "64, 2, 16, float16",
    "72, 1, 40, float16"
  })
  void kernels_albert_eachAgreesWithPlainJava(
      int hidden, int heads, int embedding, String precision) throws IOException {
    var random = new Random(SEED);
    ModelConfig config = RandomModels.config(2, hidden, heads, 96, 2);
    Made made = make(config.asAlbert(embedding), Precision.ofId(precision), random);
    SelfCheck.run(
        made.library(),
        TvmDevice.OPENCL,
        made.checkpoint(),
        made.packed(),
        Precision.ofId(precision),
        1);
  }

  static Stream<ModelConfig> wholeModels() {
    ModelConfig bert = RandomModels.config(3, 72, 3, 96, 5);
    return Stream.of(bert, bert.asAlbert(40));
  }

  @ParameterizedTest
  @MethodSource("wholeModels")
  void wholeModel_raggedBatches_agreesWithTheReference(ModelConfig config) throws IOException {
    var random = new Random(SEED);
    Checkpoint checkpoint = RandomModels.checkpoint(config, random);
    Path source = CompilerTest.write(checkpoint, directory);
    var artifact =
        Compiler.compile(
            source,
            directory.resolve("model.offramp"),
            new CompilerSettings("m", List.of(new OpenClTarget(Precision.FLOAT32))),
            CompileListener.none());
    var reference = new ReferenceModel(checkpoint);
    try (var model = CompiledModel.of(artifact)) {
      for (int[] lengths : new int[][] {{1}, {2, 33, 1}, {64, 16, 17, 15, 1, 2, 33, 64}}) {
        var texts = new ArrayList<EncodedText>();
        for (int length : lengths) {
          texts.add(RandomModels.text(config, length, random));
        }
        List<float[]> logits = model.logits(texts);
        for (int s = 0; s < lengths.length; s++) {
          Trace expected = reference.trace(texts.get(s));
          for (int depth = 1; depth <= config.layers(); depth++) {
            for (int c = 0; c < config.classes(); c++) {
              assertThat((double) logits.get(s)[(depth - 1) * config.classes() + c])
                  .as("text %d of %d tokens, depth %d, class %d", s, lengths[s], depth, c)
                  .isCloseTo(expected.logits(depth)[c], Assertions.within(LOGIT_TOLERANCE));
            }
          }
        }
      }
    }
  }

  @Test
  void kernels_argumentsThatLie_doNoHarm() throws IOException {
    var random = new Random(SEED);
    ModelConfig config = RandomModels.config(1, 64, 2, 64, 2);
    Made made = make(config, Precision.FLOAT32, random);
    int far = Integer.MAX_VALUE;
    var noise = Tensor.of(new float[3 * 64 * 8], 8, 3 * 64);
    var rows = Tensor.of(new float[64 * 8], 8, 64);
    try (var kernels = KernelLibrary.load(made.library(), TvmDevice.OPENCL)) {
      for (int[] offsets : new int[][] {{0, far}, {-5, -1}, {far, 3}, {7, 2}}) {
        kernels.call(KernelNames.ATTENTION, 8, 64, List.of(1, offsets, noise));
        kernels.call(
            KernelNames.EXIT_HEAD,
            1,
            2,
            List.of(
                1,
                offsets,
                rows,
                packed(made, PackedNames.POOLER + ".weight"),
                packed(made, PackedNames.POOLER + ".bias"),
                packed(made, PackedNames.exit(1) + ".weight"),
                packed(made, PackedNames.exit(1) + ".bias")));
      }
      float[] kept =
          kernels.call(KernelNames.COMPACT, 2, 64, List.of(2, new int[] {far, -far}, rows));
      assertThat(kept).containsOnly(0);
      assertThatThrownBy(
              () -> kernels.call(KernelNames.COMPACT, 2, 64, List.of(3, new int[3], rows)))
          .hasMessageContaining("tokens: more than out has rows");
      assertThatThrownBy(
              () -> kernels.call(KernelNames.COMPACT, 2, 64, List.of(-1, new int[3], rows)))
          .hasMessageContaining("tokens: negative");
    }
  }

  @Test
  void check_weightsOfAnotherModel_isRefusedWithTheKernelsName() throws IOException {
    var random = new Random(SEED);
    ModelConfig config = RandomModels.config(1, 64, 2, 64, 2);
    Made made = make(config, Precision.FLOAT32, random);
    var packed = new LinkedHashMap<String, HostTensor>(made.packed());
    String name = PackedNames.feedForwardUp(1) + ".bias";
    packed.put(name, Tensor.of(new float[64], 64));
    assertThatThrownBy(() ->
            SelfCheck.run(
                made.library(), TvmDevice.OPENCL, made.checkpoint(), packed, Precision.FLOAT32, 1))
        .isInstanceOf(KernelMismatchException.class)
        .hasMessageContaining(KernelNames.FFN_UP);
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"BF16", "INT8"})
  void target_precisionOfCpus_isRefused(Precision precision) {
    assertThatThrownBy(() -> new OpenClTarget(precision))
        .hasMessageContaining("for target opencl (expected: one of [float32, float16])");
  }

  @Test
  void kernels_shapesTheyCannotTake_areRefusedWithTheDimension() {
    var target = new OpenClTarget(Precision.FLOAT32);
    for (Map.Entry<String, ModelConfig> each :
        Map.of(
                "hidden_size: 36", RandomModels.config(1, 36, 1, 64, 2),
                "intermediate_size: 60", RandomModels.config(1, 64, 1, 60, 2),
                "embedding_size: 36", RandomModels.config(1, 64, 2, 64, 2).asAlbert(36),
                "hidden_size / num_attention_heads: 136", RandomModels.config(1, 136, 1, 64, 2))
            .entrySet()) {
      assertThatThrownBy(() -> OpenClKernels.of(each.getValue(), target))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(each.getKey());
    }
  }

  @Test
  void pack_weightBeyondHalves_isRefused() {
    var kernels =
        OpenClKernels.of(RandomModels.config(1, 64, 2, 64, 2), new OpenClTarget(Precision.FLOAT16));
    var weight = Tensor.of(new float[64], 8, 8);
    weight.values()[9] = 70_000;
    assertThatThrownBy(() -> kernels.pack("layer.1.qkv", weight, Tensor.of(new float[8], 8)))
        .hasMessageContainingAll("layer.1.qkv", "70000", "65504");
  }

  private static HostTensor packed(Made made, String name) {
    return Objects.requireNonNull(made.packed().get(name));
  }
}
