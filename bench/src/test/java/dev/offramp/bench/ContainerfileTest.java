package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.ServerSettings;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
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
    assertThat(imageClassPath())
        .isNotEmpty()
        .noneMatch(entry -> entry.contains("pytorch"))
        .noneMatch(entry -> entry.contains("llvm"))
        .noneMatch(entry -> entry.contains("trainer"))
        .noneMatch(entry -> entry.contains("compiler"));
  }

  @Test
  void entryPoint_withTheImagesClassPath_answersHelp() throws Exception {
    List<String> words = DeployFiles.entryPoint();
    assertThat(words.getFirst()).isEqualTo("java");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(words.subList(1, words.size()));
    command.set(command.indexOf("-cp") + 1, String.join(File.pathSeparator, imageClassPath()));
    command.addAll(DeployFiles.texts(json(DeployFiles.instructions("CMD").getFirst())));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(printed).contains("--drain-timeout", "--port").doesNotContain("WARNING");
    assertThat(process.exitValue()).isZero();
  }

  /** This test's class path without what image-libraries.sh leaves out, and without tests. */
  private static List<String> imageClassPath() throws IOException {
    var left = new ArrayList<String>();
    DeployFiles.excludes("excludeGroupIds").forEach(g -> left.add("/" + g.replace('.', '/') + "/"));
    for (String artifact : DeployFiles.excludes("excludeArtifactIds")) {
      left.add("/" + artifact + "/");
      left.add("/" + artifact.replace("offramp-", "") + "/target/");
    }
    left.add("/bench/target/");
    left.add("test-classes");
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> left.stream().noneMatch(entry.replace(File.separatorChar, '/')::contains))
        .toList();
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }
}
