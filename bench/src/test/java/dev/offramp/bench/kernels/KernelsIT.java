package dev.offramp.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.cli.CommandFailedException;
import dev.offramp.cli.OfframpProcess;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Real kernels and oneDNN, in a process of their own. */
final class KernelsIT {
  @TempDir private Path work;

  @Test
  void kernels_ofAllPrecisions_areCheckedAndReported() throws IOException, InterruptedException {
    Path report = work.resolve("k.json");
    Path picture = work.resolve("roofline.png");
    // 35 tokens: a remainder in tiles of 6 and of 8 rows, and in sequences of 32.
    OfframpProcess.run(
        work.resolve("kernels.log"),
        "bench",
        "kernels",
        "--tokens",
        "35",
        "--rounds",
        "1",
        "--json",
        report.toString(),
        "--picture",
        picture.toString());
    JsonNode json = Json.readTree(report);
    assertThat(json.path("peaks").path("float32").asDouble()).isPositive();
    int precisions = json.path("peaks").size();
    JsonNode kernels = json.path("kernels");
    assertThat(kernels).hasSize(precisions * KernelNames.ALL.size());
    for (JsonNode kernel : kernels) {
      String name = kernel.path("name").asString();
      assertThat(kernel.path("gops").asDouble()).as(name).isPositive();
      assertThat(kernel.path("fractionOfPeak").asDouble()).as(name).isPositive();
      assertThat(kernel.path("maxError").asDouble()).as(name).isBetween(0.0, 1e-3);
    }
    assertThat(
            StreamSupport.stream(kernels.spliterator(), false)
                .filter(kernel -> kernel.has("oneDnnRatio")))
        .as("the four products")
        .hasSize(4 * precisions);
    assertThat(json.path("versions").path("onednn").asString()).startsWith("3.");
    assertThat(Files.size(picture)).isPositive();
  }

  @Test
  void kernels_inAPrecisionThatNoCpuHas_isWrongUsage() {
    assertThatThrownBy(() ->
            OfframpProcess.run(
                work.resolve("kernels.log"), "bench", "kernels", "--precision", "float16"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("exit code 2")
        .hasMessageContaining("--precision: float16");
  }
}
