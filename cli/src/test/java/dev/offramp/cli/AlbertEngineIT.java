package dev.offramp.cli;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.EngineContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The engine's contract on the compiled kernels of an ALBERT. */
final class AlbertEngineIT extends EngineContract {
  @TempDir private static Path work; // Static: the suite opens its backend before all tests.

  AlbertEngineIT() {
    super(BERT.asAlbert(24));
  }

  @Override
  protected Backend open(Checkpoint checkpoint) throws Exception {
    Path directory = Workshop.write(checkpoint, work.resolve("random"));
    return Workshop.open(Workshop.compile(directory, work.resolve("random.offramp")));
  }

  @Override
  protected double tolerance() {
    return 1e-4;
  }
}
