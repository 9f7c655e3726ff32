package dev.offramp.cli;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.device.RequiresOpenCl;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.EngineContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The engine's contract on an OpenCL device, with weights in float16. */
@RequiresOpenCl
final class OpenClHalvesEngineIT extends EngineContract {
  @TempDir private static Path work; // Static: the suite opens its backend before all tests.

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
            "float16"));
  }

  @Override
  protected double tolerance() {
    return 0.05;
  }
}
