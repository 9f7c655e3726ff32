package dev.offramp.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.artifact.Precision;
import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class KernelsReportTest {
  @TempDir private Path directory;

  @Test
  void layers_ofAllTheirKernels_sumTimesAndOperations() {
    // Each takes 10 us for 1,000 operations a nanosecond at half the peak.
    var report =
        report(List.of("qkv", "attention", "attention_output", "ffn_up", "ffn_down", "compact"));
    assertThat(report.layers()).hasSize(1);
    KernelsReport.Layer layer = report.layers().getFirst();
    assertThat(layer.millis()).isCloseTo(0.05, within(1e-9));
    assertThat(layer.gops()).isCloseTo(100, within(1e-9));
    assertThat(layer.fractionOfPeak()).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void layers_withoutOneOfTheKernels_areNotInvented() {
    assertThat(report(List.of("qkv", "ffn_up")).layers()).isEmpty();
  }

  @Test
  void json_hasTheAgreedShape() throws IOException {
    Path file = directory.resolve("k.json");
    Json.write(file, report(List.of("qkv")).json());
    JsonNode json = Json.readTree(file);
    assertThat(json.path("peaks").path("float32").asDouble()).isEqualTo(200);
    JsonNode kernel = json.path("kernels").get(0);
    assertThat(kernel.path("name").asString()).isEqualTo("qkv");
    assertThat(kernel.path("precision").asString()).isEqualTo("float32");
    assertThat(kernel.path("tokens").asInt()).isEqualTo(96);
    assertThat(kernel.path("gops").asDouble()).isEqualTo(100);
    assertThat(kernel.path("fractionOfPeak").asDouble()).isEqualTo(0.5);
    assertThat(kernel.path("maxError").asDouble()).isEqualTo(1e-6);
    assertThat(kernel.has("oneDnnGops")).as("what was not measured is absent").isFalse();
    assertThat(json.path("host").path("cpu").asString()).isNotEmpty();
  }

  @Test
  void markdown_hasARowForEachKernelAndEachLayer() {
    String text =
        report(List.of("qkv", "attention", "attention_output", "ffn_up", "ffn_down")).markdown();
    assertThat(text)
        .contains("float32 200.0 GOP/s", "cache 100.0 GB/s")
        .contains(
            "| float32 | 96 tokens | vs oneDNN | max error |",
            "| qkv | 100.0, 50.0 % | - | 1.0e-06 |")
        .contains("| float32 | 3x32 | 0.05 | 100.0 | 50.0 % |");
    assertThat(text.lines().filter(line -> line.startsWith("|"))).hasSize(2 + 5 + 2 + 1);
  }

  @Test
  void picture_ofAReport_isAPngThatCanBeRead() throws IOException {
    Path file = directory.resolve("pictures/roofline.png");
    RooflinePicture.of(report(List.of("qkv", "embed", "compact"))).write(file);
    var image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isGreaterThan(1000);
    assertThat(image.getRGB(0, 0) & 0xffffff).as("background").isEqualTo(0xffffff);
  }

  private static KernelsReport report(List<String> names) {
    var kernels = new ArrayList<KernelResult>();
    for (String name : names) {
      kernels.add(
          new KernelResult(
              name, "float32", 96, "3x32", 10, 100, "float32", 0.5, 2, 50, 1e-6, null, null, null,
              null, null));
    }
    var peaks = new EnumMap<Precision, Double>(Map.of(Precision.FLOAT32, 200.0));
    return new KernelsReport("znver4", peaks, Map.of("cache", 100.0), "", kernels);
  }
}
