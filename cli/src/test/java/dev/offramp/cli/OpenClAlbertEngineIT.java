package dev.offramp.cli;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.device.RequiresOpenCl;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.EngineContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The engine's contract on an OpenCL device, for an ALBERT. */
@RequiresOpenCl
final class OpenClAlbertEngineIT extends EngineContract {
  @TempDir private static Path work; // Static: the suite opens its backend before all tests.

  OpenClAlbertEngineIT() {
    super(BERT.asAlbert(24));
  }

  @Override
  protected Backend open(Checkpoint checkpoint) throws Exception {
    Path directory = Workshop.write(checkpoint, work.resolve("random"));
    return Workshop.open(
        Workshop.compile(
            directory,
            work.resolve("random.offramp"),
            "--target",
            "opencl",
            "--precision",
            "float32"));
  }

  @Override
  protected double tolerance() {
    return 1e-4;
  }
}
