package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.cli.Offramp;
import dev.offramp.model.io.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** {@code offramp bench} as a user calls it. */
final class PeersCommandTest {
  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void peers_ofTwoEngines_printsATableAndWritesJson() {
    Path file = directory.resolve("reports/p.json");
    int code =
        run(
            "bench",
            "peers",
            "--engines",
            "onnxruntime,pytorch",
            "--cases",
            "1x3,2x2",
            "--rounds",
            "1",
            "--json",
            file.toString());
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    assertThat(out.toString())
        .contains("cpu", "jdk", "commit")
        .contains("answers  1x3: logits of float32 engines within ")
        .contains("tokens", "engine", "ms/layer", "GFLOP/s")
        .contains("2x2     onnxruntime");
    JsonNode json = Json.readTree(file);
    assertThat(json.path("cases")).hasSize(4);
    for (JsonNode result : json.path("cases")) {
      assertThat(result.path("tokens").asString()).isIn("1x3", "2x2");
      assertThat(result.path("engine").asString()).isIn("onnxruntime", "pytorch");
      assertThat(result.path("precision").asString()).isEqualTo("float32");
      assertThat(result.path("threads").asInt()).isEqualTo(1);
      assertThat(result.path("millisPerLayer").asDouble()).isPositive();
      assertThat(result.path("gflops").asDouble()).isPositive();
    }
    assertThat(json.path("maxLogitDifference").path("1x3").isNumber()).isTrue();
    assertThat(json.path("versions").path("onnxruntime").asString()).isNotEmpty();
    assertThat(json.path("host").path("cpu").asString()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--engines, tensorflow, 'offramp, offramp-bf16, offramp-int8, onnxruntime'",
    "--engines, 'pytorch,pytorch', each once",
    "--cases, 8by32, SEQUENCESxLENGTH",
    "--cases, 8x513, 512",
    "--rounds, 0, '>= 1'",
    "--threads, 0, cores",
    "--threads, 100000, cores",
  })
  void peers_withAValueOutOfRange_isWrongUsageAndSaysWhatItExpects(
      String option, String value, String expected) {
    assertThat(run("bench", "peers", option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(expected, "See: offramp bench peers --help");
  }

  @Test
  void bench_withoutAComparison_isWrongUsage() {
    assertThat(run("bench")).isEqualTo(2);
    assertThat(err.toString()).contains("peers");
  }

  @Test
  void help_ofPeers_listsItsOptions() {
    assertThat(run("bench", "peers", "--help")).isZero();
    assertThat(out.toString())
        .contains(
            "--rounds",
            "--threads",
            "--engines",
            "--cases",
            "--no-scaling",
            "--markdown",
            "--json");
  }

  private int run(String... arguments) {
    CommandLine offramp = Offramp.commandLine();
    return offramp
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
