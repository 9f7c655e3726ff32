package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.cli.OfframpProcess;
import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** All engines in one run, compiled kernels among them. */
final class PeersIT {
  @TempDir private Path work;

  @Test
  void peers_allEngines_agreeAndAreAllReported() throws IOException, InterruptedException {
    Path report = work.resolve("p.json");
    Path log = work.resolve("peers.log");
    OfframpProcess.run(
        log,
        "bench",
        "peers",
        "--cases",
        "1x7,8x32,sst2",
        "--rounds",
        "1",
        "--json",
        report.toString());
    JsonNode json = Json.readTree(report);
    var engines =
        StreamSupport.stream(json.path("cases").spliterator(), false)
            .filter(result -> result.path("tokens").asString().equals("1x7"))
            .map(result -> result.path("engine").asString())
            .toList();
    assertThat(engines)
        .contains("offramp", "offramp-int8", "onnxruntime", "onnxruntime-int8", "pytorch");
    assertThat(json.path("cases")).hasSize(3 * engines.size());
    assertThat(json.path("maxLogitDifference"))
        .hasSize(3)
        .allMatch(difference -> difference.asDouble() < PeerComparison.TOLERANCE);
    assertThat(json.path("logitDifferenceFromFloat32").path("sst2").path("offramp-int8").asDouble())
        .as("int8 is not float32, but near")
        .isBetween(1e-5, (double) PeerComparison.INT8_TOLERANCE);
    JsonNode ratios = json.path("ratios");
    assertThat(ratios.path("float32_8x32").asDouble()).isPositive();
    assertThat(ratios.path("float32_sst2").asDouble()).isPositive();
    assertThat(ratios.has("float32_8x128")).as("was not measured").isFalse();
    assertThat(ratios.has("scaling_two_cores"))
        .isEqualTo(Runtime.getRuntime().availableProcessors() >= 2);
    assertThat(Files.readString(log)).contains("time vs offramp", "float32_8x32");
  }
}
