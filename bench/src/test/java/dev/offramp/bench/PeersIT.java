package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.cli.OfframpProcess;
import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        log, "bench", "peers", "--cases", "1x7,3x5", "--rounds", "1", "--json", report.toString());
    JsonNode json = Json.readTree(report);
    assertThat(json.path("cases")).hasSize(6);
    assertThat(json.path("cases"))
        .extracting(result -> result.path("engine").asString())
        .containsExactly("offramp", "onnxruntime", "pytorch", "offramp", "onnxruntime", "pytorch");
    assertThat(json.path("maxLogitDifference"))
        .hasSize(2)
        .allMatch(difference -> difference.asDouble() < PeerComparison.TOLERANCE);
    assertThat(Files.readString(log)).contains("time vs offramp");
  }
}
