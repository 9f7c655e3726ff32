package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.ServerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The image starts what it says it starts, with nothing that only training or compiling needs. */
final class ContainerfileTest {
  @Test
  void image_stopsBySigtermAndExposesTheDefaultPort() throws IOException {
    assertThat(DeployFiles.instructions("STOPSIGNAL")).containsExactly("SIGTERM");
    assertThat(DeployFiles.instructions("EXPOSE"))
        .containsExactly(Integer.toString(ServerSettings.DEFAULT_PORT));
  }

  @Test
  void image_leavesOutPyTorchAndLlvm() throws IOException {
    assertThat(ImageClassPath.entries())
        .extracting(ImageClassPath::place)
        .anyMatch(place -> place.contains("server/target/"))
        .noneMatch(place -> place.contains("pytorch-"))
        .noneMatch(place -> place.contains("/bytedeco/llvm/"))
        .noneMatch(place -> place.contains("trainer/target/"))
        .noneMatch(place -> place.contains("compiler/target/"));
  }

  @Test
  void image_hasTheFlagsThatItsEntryPointNames() throws IOException {
    assertThat(DeployFiles.instructions("COPY"))
        .anyMatch(copy -> copy.endsWith("deploy/serve.options " + ImageClassPath.DIRECTORY));
    assertThat(DeployFiles.entryPoint()).contains("@" + ImageClassPath.DIRECTORY + "serve.options");
  }

  @Test
  void entryPoint_withTheImagesClassPath_answersHelp() throws IOException, InterruptedException {
    String command = DeployFiles.instructions("CMD").getFirst();
    Process process =
        new ProcessBuilder(
                ImageClassPath.command(DeployFiles.texts(JsonMapper.shared().readTree(command))))
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed).contains("--drain-timeout", "--port").doesNotContain("WARNING");
    assertThat(process.exitValue()).isZero();
  }
}
