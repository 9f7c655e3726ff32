package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import dev.offramp.server.registry.Host;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A compiled ALBERT in every precision that this CPU runs, by the server's runtime. */
final class AlbertPrecisionIT {
  private static final long SEED = 29;

  @TempDir private Path work;

  /* Not by HostCpu: TVM's compiler must not load into the process of its runtime. */
  static Stream<CpuTarget> targets() {
    return Stream.of(
            new CpuTarget(CpuLevel.X86_64_V3, Precision.FLOAT32),
            new CpuTarget(CpuLevel.X86_64_V3, Precision.INT8),
            new CpuTarget(CpuLevel.CASCADELAKE, Precision.INT8),
            new CpuTarget(CpuLevel.ZNVER4, Precision.BF16))
        .filter(target -> Host.local().features().containsAll(target.level().requires()));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void exits_albert_areCloseToTheReferences(CpuTarget target) throws Exception {
    Precision precision = target.precision();
    System.out.println("AlbertPrecisionIT: " + target + ", seed " + SEED);
    var random = new Random(SEED);
    ModelConfig config = RandomModels.config(3, 64, 2, 128, 3).asAlbert(24);
    Checkpoint checkpoint = RandomModels.checkpoint(config, random);
    Path source = Workshop.write(checkpoint, work.resolve("albert"));
    Artifact artifact =
        Workshop.compile(
            source,
            work.resolve("albert.offramp"),
            "--target",
            target.level().id(),
            "--precision",
            precision.id());
    assertThat(artifact.manifest().targets())
        .extracting(TargetEntry::id)
        .containsExactly(target.id());
    var reference = new ReferenceModel(checkpoint);
    List<EncodedText> texts =
        Stream.of(1, 2, 17, 40, 9).map(n -> RandomModels.text(config, n, random)).toList();
    List<Trace> expected = texts.stream().map(reference::trace).toList();
    try (Backend backend = Workshop.open(artifact);
        LayerKernels kernels = backend.kernels(80, 8)) {
      var logits = new float[8 * config.classes()];
      kernels.start(texts);
      for (int depth = 1; depth <= config.layers(); depth++) {
        kernels.layer(depth);
        kernels.exit(depth, logits);
        for (int s = 0; s < texts.size(); s++) {
          for (int c = 0; c < config.classes(); c++) {
            assertThat((double) logits[s * config.classes() + c])
                .as("%s, text %d, depth %d, class %d", target, s, depth, c)
                .isCloseTo(expected.get(s).logits(depth)[c], offset(tolerance(precision)));
          }
        }
      }
    }
  }

  /* Of logits of about 1 to 3; what roundings of the weights do grows with every depth. */
  private static double tolerance(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> 1e-4;
      case BF16, FLOAT16 -> 0.15;
      case INT8 -> 0.3;
    };
  }
}
