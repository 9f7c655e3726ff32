package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An artifact takes another's place while that one serves, as a watched directory is updated. */
final class SwapInPlaceIT {
  private static final long SEED = 5;
  private static final EncodedText TEXT = EncodedText.of(2, 7, 11, 3);

  @TempDir private Path work;

  /** Of one shape; what LayerNorm adds to the variance is a constant of the machine code. */
  private Artifact compile(String name, double epsilon) throws IOException, InterruptedException {
    ModelConfig shape = RandomModels.config(2, 32, 2, 64, 3);
    var config =
        new ModelConfig(
            shape.layers(),
            shape.hiddenSize(),
            shape.heads(),
            shape.intermediateSize(),
            shape.vocabSize(),
            shape.maxPositions(),
            shape.typeVocabSize(),
            epsilon,
            shape.labels());
    Path directory = Files.createDirectories(work.resolve(name));
    Path checkpoint =
        Workshop.write(
            RandomModels.checkpoint(config, new Random(SEED)), directory.resolve("checkpoint"));
    return Workshop.compile(checkpoint, directory.resolve("model.offramp"));
  }

  @Test
  void open_whereAnotherStoodThatStillServes_runsItsOwnMachineCode() throws Exception {
    Path first = compile("first", 1e-12).directory();
    Path second = compile("second", 0.5).directory();
    Path apart = work.resolve("apart.offramp");
    copy(second, apart);
    float[] expected;
    try (Backend backend = Workshop.open(Artifact.open(apart))) {
      expected = logits(backend);
    }
    Path current = work.resolve("current.offramp");
    Files.move(first, current);
    try (Backend old = Workshop.open(Artifact.open(current))) {
      float[] before = logits(old);
      assertThat(before).as("the two differ").isNotEqualTo(expected);
      Files.move(current, work.resolve("old.offramp"));
      Files.move(second, current);
      try (Backend next = Workshop.open(Artifact.open(current))) {
        assertThat(logits(next)).isEqualTo(expected);
        assertThat(logits(old)).isEqualTo(before);
      }
    }
  }

  private static float[] logits(Backend backend) {
    var logits = new float[3];
    try (LayerKernels kernels = backend.kernels(64, 1)) {
      kernels.start(List.of(TEXT));
      kernels.layer(1);
      kernels.layer(2);
      kernels.exit(2, logits);
    }
    return logits;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }
}
