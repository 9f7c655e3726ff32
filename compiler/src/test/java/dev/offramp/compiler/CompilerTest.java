package dev.offramp.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.tuple;

import dev.offramp.compiler.check.KernelMismatchException;
import dev.offramp.compiler.check.SelfCheck;
import dev.offramp.compiler.kernel.KernelSet;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.SafetensorsFile;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Calibration;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CompilerTest {
  private static final long SEED = 2412_13236;
  private static final double LOGIT_TOLERANCE = 1e-4;

  @TempDir Path directory;

  @Test
  void compile_randomCheckpoint_wholeModelAgreesWithTheReference() throws IOException {
    System.out.println("CompilerTest: seed " + SEED);
    var random = new Random(SEED);
    for (ModelConfig config :
        List.of(
            RandomModels.config(4, 64, 2, 256, 2),
            RandomModels.config(3, 72, 3, 96, 5),
            RandomModels.config(6, 128, 4, 512, 3))) {
      Checkpoint checkpoint = RandomModels.checkpoint(config, random);
      Artifact artifact = compile(write(checkpoint), directory.resolve("model.offramp"));
      var reference = new ReferenceModel(checkpoint);
      try (var model = CompiledModel.of(artifact)) {
        for (int batch = 0; batch < 4; batch++) {
          List<EncodedText> texts =
              IntStream.range(0, 1 + 3 * batch)
                  .mapToObj(i ->
                      RandomModels.text(config, 1 + random.nextInt(config.maxPositions()), random))
                  .toList();
          List<float[]> logits = model.logits(texts);
          for (int s = 0; s < texts.size(); s++) {
            assertLogits(logits.get(s), reference.trace(texts.get(s)), config);
          }
        }
      }
    }
  }

  @Test
  void compile_certificateOfAnotherCheckpoint_isRefusedAndNamesTheTier() throws IOException {
    ModelConfig config = RandomModels.config(3, 72, 3, 96, 5);
    Path checkpoint = write(RandomModels.checkpoint(config, new Random(SEED)));
    certified("0".repeat(64)).write(checkpoint);
    assertThatThrownBy(() -> compile(checkpoint, directory.resolve("refused.offramp")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("tiers.json", "risk0.1", "0".repeat(64), "Calibrate it again");
    assertThat(directory.resolve("refused.offramp")).doesNotExist();

    certified(Checkpoint.sha256(checkpoint)).write(checkpoint);
    Artifact artifact = compile(checkpoint, directory.resolve("certified.offramp"));
    assertThat(artifact.manifest().tiers().find("risk0.1").orElseThrow().certificate()).isPresent();
  }

  @Test
  void compile_speedTiersOfAnotherCheckpoint_isRefused() throws IOException {
    ModelConfig config = RandomModels.config(3, 72, 3, 96, 5);
    Path checkpoint = write(RandomModels.checkpoint(config, new Random(SEED)));
    new Tiers(new Calibration(9, "a".repeat(64), "0123456789ab", "float32"), List.of(), List.of())
        .write(checkpoint);
    assertThatThrownBy(() -> compile(checkpoint, directory.resolve("refused.offramp")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("tiers.json", "0123456789ab", Checkpoint.version(checkpoint));
  }

  private static Tiers certified(String checkpoint) {
    var certificate =
        new Certificate(
            0.1,
            0.05,
            800,
            Certificate.DISAGREEMENT,
            0.08,
            "a".repeat(64),
            checkpoint,
            Precision.FLOAT32.id());
    var rule = new ExitRule.Threshold(ExitSignal.ENERGY, 0.5);
    return new Tiers(
        null, List.of(new Tier("risk0.1", rule, 2, 0.95, Optional.of(certificate))), List.of());
  }

  private static void assertLogits(float[] logits, Trace expected, ModelConfig config) {
    for (int depth = 1; depth <= config.layers(); depth++) {
      for (int c = 0; c < config.classes(); c++) {
        assertThat((double) logits[(depth - 1) * config.classes() + c])
            .as("exit %d, class %d", depth, c)
            .isCloseTo(expected.logits(depth)[c], offset(LOGIT_TOLERANCE));
      }
    }
  }

  @Test
  void compile_albert_agreesWithTheReferenceAndHoldsItsLayerOnce() throws IOException {
    var random = new Random(SEED);
    for (ModelConfig config :
        List.of(
            RandomModels.config(4, 64, 2, 256, 2).asAlbert(32),
            RandomModels.config(3, 72, 3, 96, 5).asAlbert(40),
            RandomModels.config(6, 128, 4, 512, 3).asAlbert(8),
            RandomModels.config(2, 64, 2, 128, 2).asAlbert(64))) {
      Checkpoint checkpoint = RandomModels.checkpoint(config, random);
      Artifact artifact = compile(write(checkpoint), directory.resolve("model.offramp"));
      assertThat(artifact.manifest().config()).isEqualTo(config);
      String weights = artifact.manifest().targets().getFirst().weights();
      try (SafetensorsFile file = SafetensorsFile.open(artifact.resolve(weights))) {
        assertThat(file.names())
            .contains(PackedNames.EMBED_PROJECTION + ".weight", "layer.1.qkv.weight")
            .noneMatch(name -> name.startsWith("layer.2."))
            .contains(PackedNames.exit(config.layers()) + ".weight");
      }
      var reference = new ReferenceModel(checkpoint);
      try (var model = CompiledModel.of(artifact)) {
        for (int batch = 0; batch < 3; batch++) {
          List<EncodedText> texts =
              IntStream.range(0, 1 + 3 * batch)
                  .mapToObj(i ->
                      RandomModels.text(config, 1 + random.nextInt(config.maxPositions()), random))
                  .toList();
          List<float[]> logits = model.logits(texts);
          for (int s = 0; s < texts.size(); s++) {
            assertLogits(logits.get(s), reference.trace(texts.get(s)), config);
          }
        }
      }
    }
  }

  @Test
  void selfCheck_projectionOfAnotherAlbert_isNamed() throws IOException {
    ModelConfig config = RandomModels.config(2, 64, 2, 128, 2).asAlbert(24);
    Checkpoint checkpoint = RandomModels.checkpoint(config, new Random(SEED));
    Artifact artifact = compile(write(checkpoint), directory.resolve("model.offramp"));
    var target = new CpuTarget(HostCpu.detect().bestLevel(), Precision.FLOAT32);
    var packed = PackedWeights.of(checkpoint, KernelSet.of(config, target));
    packed.put(PackedNames.EMBED_PROJECTION + ".bias", Tensor.of(new float[64], 64));
    Path library = artifact.resolve(artifact.manifest().targets().getFirst().kernels());

    assertThatThrownBy(() -> SelfCheck.run(library, checkpoint, packed, target.precision(), 8))
        .isInstanceOf(KernelMismatchException.class)
        .hasMessageContaining("offramp_embed_projection: element");
  }

  @Test
  void compile_checkpointOfARoberta_agreesWithTheReference() throws IOException {
    var random = new Random(SEED);
    ModelConfig config = new ModelConfig(2, 64, 2, 96, 97, 40, 1, 1e-5, List.of("a", "b"));
    Checkpoint checkpoint = RandomModels.checkpoint(config, random);
    Artifact artifact = compile(write(checkpoint), directory.resolve("model.offramp"));
    try (var model = CompiledModel.of(artifact)) {
      List<EncodedText> texts =
          List.of(RandomModels.text(config, 40, random), RandomModels.text(config, 3, random));
      List<float[]> logits = model.logits(texts);
      var reference = new ReferenceModel(checkpoint);
      for (int s = 0; s < texts.size(); s++) {
        assertLogits(logits.get(s), reference.trace(texts.get(s)), config);
      }
    }
  }

  @Test
  void compile_allTargets_manifestSaysWhatEachNeeds() throws IOException {
    Path source = write(checkpoint());
    var steps = new ArrayList<String>();
    Artifact artifact =
        Compiler.compile(
            source,
            directory.resolve("model.offramp"),
            new CompilerSettings("tiny", CpuTarget.all()),
            (step, of, what) -> steps.add(step + "/" + of + " " + what));

    assertThat(artifact.manifest().name()).isEqualTo("tiny");
    assertThat(artifact.manifest().version()).isEqualTo(Checkpoint.version(source));
    assertThat(artifact.manifest().targets())
        .extracting(TargetEntry::id, TargetEntry::rowTile, TargetEntry::kernels)
        .contains(
            tuple("x86-64-v3-float32", 6, "targets/x86-64-v3-float32/kernels.so"),
            tuple("znver4-int8", 8, "targets/znver4-int8/kernels.so"),
            tuple("aarch64-float32", 8, "targets/aarch64-float32/kernels.so"));
    assertThat(artifact.manifest().targets())
        .filteredOn(target -> target.id().equals("x86-64-v4-float32"))
        .first()
        .satisfies(target -> assertThat(target.requires()).contains("avx512vl", "fma"));
    // The ELF header's e_machine: 62 is x86-64, 183 is AArch64.
    assertThat(machine(artifact, "aarch64-float32")).isEqualTo(183);
    assertThat(machine(artifact, "znver4-int8")).isEqualTo(62);
    int count = 2 + 5 * CpuTarget.all().size();
    assertThat(steps).hasSize(count).first().isEqualTo("1/" + count + " read checkpoint");
    assertThat(steps.getLast()).isEqualTo(count + "/" + count + " put model.offramp in place");
  }

  private static int machine(Artifact artifact, String target) throws IOException {
    byte[] library = Files.readAllBytes(artifact.resolve("targets/" + target + "/kernels.so"));
    return ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN).getShort(18);
  }

  @Test
  void compile_sameCheckpointTwice_givesTheSameBytes() throws IOException {
    Path source = write(checkpoint());
    Path first = compile(source, directory.resolve("first")).directory();
    Path second = compile(source, directory.resolve("second")).directory();
    assertThat(Files.readString(second.resolve("SHA256SUMS")))
        .isEqualTo(Files.readString(first.resolve("SHA256SUMS")));
  }

  @Test
  void compile_damagedCheckpoint_leavesTheOldArtifact() throws IOException {
    Path source = write(checkpoint());
    Path target = directory.resolve("model.offramp");
    Artifact old = compile(source, target);
    Path weights = source.resolve(Checkpoint.WEIGHTS_FILE);
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 3] ^= 0x40;
    Files.write(weights, bytes);

    assertThatThrownBy(() -> compile(source, target))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(Checkpoint.WEIGHTS_FILE);

    assertThat(Artifact.open(target).manifest()).isEqualTo(old.manifest());
    try (var left = Files.list(directory)) {
      assertThat(left.map(path -> String.valueOf(path.getFileName())))
          .containsExactlyInAnyOrder("checkpoint", "model.offramp");
    }
  }

  @Test
  void compile_shapeThatKernelsCannotTake_namesTheField() throws IOException {
    var config = RandomModels.config(2, 64, 2, 100, 2);
    Path source = write(RandomModels.checkpoint(config, new Random(SEED)));

    assertThatThrownBy(() -> compile(source, directory.resolve("model.offramp")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("intermediate_size: 100 (expected: a multiple of 8");
    var albert = RandomModels.config(2, 64, 2, 96, 2).asAlbert(36);
    Path other = write(RandomModels.checkpoint(albert, new Random(SEED)));
    assertThatThrownBy(() -> compile(other, directory.resolve("model.offramp")))
        .hasMessageContaining("embedding_size: 36 (expected: a multiple of 8");
    assertThat(directory.resolve("model.offramp")).doesNotExist();
  }

  @Test
  void selfCheck_weightsThatDoNotBelongToTheKernels_namesTheFirstKernelThatDiffers()
      throws IOException {
    Checkpoint checkpoint = checkpoint();
    Artifact artifact = compile(write(checkpoint), directory.resolve("model.offramp"));
    var target = new CpuTarget(HostCpu.detect().bestLevel(), Precision.FLOAT32);
    var packed = PackedWeights.of(checkpoint, KernelSet.of(checkpoint.config(), target));
    String damaged = PackedNames.feedForwardUp(1) + ".weight";
    var weight = (Tensor) Objects.requireNonNull(packed.get(damaged));
    float[] values = weight.values().clone();
    values[7] += 1;
    packed.put(damaged, new Tensor(weight.shape(), values));
    Path library = artifact.resolve(artifact.manifest().targets().getFirst().kernels());

    assertThatThrownBy(() -> SelfCheck.run(library, checkpoint, packed, target.precision(), 8))
        .isInstanceOf(KernelMismatchException.class)
        .hasMessageContaining("offramp_ffn_up: element");
  }

  private static Checkpoint checkpoint() {
    return RandomModels.checkpoint(RandomModels.config(2, 64, 2, 128, 2), new Random(SEED));
  }

  private Path write(Checkpoint checkpoint) throws IOException {
    return write(checkpoint, directory);
  }

  /** Writes a checkpoint with a vocabulary of its size. */
  static Path write(Checkpoint checkpoint, Path directory) throws IOException {
    Path tokenizer = Files.createDirectories(directory.resolve("tokenizer"));
    var pieces = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
    while (pieces.size() < checkpoint.config().vocabSize()) {
      pieces.add("piece" + pieces.size());
    }
    Files.write(tokenizer.resolve(Tokenizer.VOCABULARY), pieces);
    Path source = directory.resolve("checkpoint");
    checkpoint.write(source, tokenizer);
    Files.delete(tokenizer.resolve(Tokenizer.VOCABULARY));
    Files.delete(tokenizer);
    return source;
  }

  private static Artifact compile(Path source, Path target) throws IOException {
    return Compiler.compile(
        source, target, CompilerSettings.forThisHost("tiny"), CompileListener.none());
  }
}
