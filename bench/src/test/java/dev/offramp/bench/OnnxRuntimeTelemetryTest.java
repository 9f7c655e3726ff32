package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.model.checkpoint.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** ONNX Runtime 1.29's uploader crashed the JVM on a long command line, and uploaded on others. */
final class OnnxRuntimeTelemetryTest {
  @Test
  void loadingOnnxRuntime_leavesNoTraceOfItsUploader() {
    var config = new ModelConfig(1, 4, 1, 4, 8, 4, 2, 1e-12, List.of("no", "yes"));
    var checkpoint = RandomEncoder.checkpoint(config, new Random(1));
    var texts = RandomEncoder.texts(new TokenCase(1, 2), config, new Random(1));
    try (var engine = new OnnxRuntimeEngine(checkpoint, 1, false)) {
      engine.prepare(texts).close();
    }
    // The uploader opens this file as it starts.
    long pid = ProcessHandle.current().pid();
    assertThat(Path.of(System.getProperty("java.io.tmpdir"), "mat-debug-" + pid + ".log"))
        .doesNotExist();
  }
}
