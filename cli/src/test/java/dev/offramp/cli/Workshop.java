package dev.offramp.cli;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.natives.TvmRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Makes what integration tests run on: checkpoints, and artifacts compiled by a child process. */
final class Workshop {
  private Workshop() {}

  /** The repository's root, whose {@code models/} the tests read. */
  static Path home() {
    return Path.of("..").toAbsolutePath().normalize();
  }

  /** Writes {@code checkpoint} with a vocabulary of as many pieces as it asks for. */
  static Path write(Checkpoint checkpoint, Path directory) throws IOException {
    Path tokenizer = Files.createDirectories(directory.resolveSibling("tokenizer"));
    List<String> pieces =
        Stream.concat(
                Stream.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
                IntStream.range(5, checkpoint.config().vocabSize()).mapToObj(i -> "word" + i))
            .toList();
    Files.write(tokenizer.resolve("vocab.txt"), pieces);
    checkpoint.write(directory, tokenizer);
    return directory;
  }

  /**
   * Compiles by {@code offramp compile}: in a child, since TVM's compiler and runtime must not
   * meet.
   */
  static Artifact compile(Path checkpoint, Path artifact, String... options)
      throws IOException, InterruptedException {
    var arguments =
        new ArrayList<>(List.of("compile", checkpoint.toString(), "--out", artifact.toString()));
    arguments.addAll(List.of(options));
    OfframpProcess.run(artifact.resolveSibling("compile.log"), arguments.toArray(String[]::new));
    return Artifact.open(artifact);
  }

  /** Loads an artifact's only target into TVM's Java runtime. */
  static Backend open(Artifact artifact) {
    return TvmRuntime.backends().open(artifact, artifact.manifest().targets().getFirst());
  }
}
