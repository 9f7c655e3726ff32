package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.cli.OfframpProcess;
import dev.offramp.client.OfframpClient;
import dev.offramp.model.checkpoint.ModelConfig;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The image's entry point serves an artifact, as the Deployment starts, probes and stops it. */
final class ImageIT {
  @TempDir private Path work;

  @Test
  void entryPoint_withAnArtifact_answersProbesAndTexts_andEndsOnSigterm()
      throws IOException, InterruptedException {
    Path cache = Files.createDirectories(work.resolve("cache"));
    // A home that nobody can make, root included: the image's user has none either.
    Path home = Files.createFile(work.resolve("file")).resolve("home");
    Path portFile = work.resolve("port");
    Path log = work.resolve("server.log");
    Process server = start(cache, home, log, artifact(), portFile);
    try {
      String target = "localhost:" + awaitPort(server, portFile, log);
      assertProbesPass(target);
      try (var offramp = OfframpClient.connect(target)) {
        assertThat(offramp.classify("piece7 piece8").layers()).isEqualTo(2);
      }
      server.destroy();
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isIn(0, 143);
      assertThat(Files.readString(log)).contains("Draining", "Closed");
    } finally {
      server.destroyForcibly();
    }
    // Natives went where the Deployment mounts a volume.
    assertThat(cache.resolve("javacpp")).isNotEmptyDirectory();
    assertThat(cache.resolve("djl")).isNotEmptyDirectory();
  }

  private Path artifact() throws IOException, InterruptedException {
    var config = new ModelConfig(2, 32, 2, 64, 31, 16, 2, 1e-12, List.of("no", "yes"));
    Path checkpoint = work.resolve("random");
    RandomEncoder.write(RandomEncoder.checkpoint(config, new Random(7)), checkpoint);
    Path artifact = work.resolve("random.offramp");
    OfframpProcess.run(
        work.resolve("compile.log"),
        "compile",
        checkpoint.toString(),
        "--out",
        artifact.toString());
    return artifact;
  }

  private static Process start(Path cache, Path home, Path log, Path artifact, Path portFile)
      throws IOException {
    List<String> arguments =
        List.of(artifact.toString(), "--port", "0", "--port-file", portFile.toString());
    String inImage = "/var/cache/offramp";
    var command =
        ImageClassPath.command(arguments).stream()
            .map(word -> word.replace(inImage, cache.toString()))
            .toList();
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    DeployFiles.environment()
        .forEach((name, value) ->
            builder.environment().put(name, value.replace(inImage, cache.toString())));
    builder.environment().put("HOME", home.toString());
    builder.environment().put("JDK_JAVA_OPTIONS", "-Duser.home=" + home);
    return builder.start();
  }

  private static void assertProbesPass(String target) throws IOException, InterruptedException {
    JsonNode container =
        DeployFiles.yaml(DeployFiles.BASE.resolve("deployment.yaml"))
            .at("/spec/template/spec/containers/0");
    ManagedChannel channel =
        Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    try {
      var health = HealthGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
      for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
        String service = container.path(probe).at("/grpc/service").asString("");
        var request = HealthCheckRequest.newBuilder().setService(service).build();
        assertThat(health.check(request).getStatus()).as(probe).isEqualTo(ServingStatus.SERVING);
      }
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private static String awaitPort(Process server, Path portFile, Path log)
      throws IOException, InterruptedException {
    for (int i = 0; i < 3000; i++) {
      if (Files.exists(portFile)) {
        return Files.readString(portFile).strip();
      }
      if (!server.isAlive()) {
        break;
      }
      Thread.sleep(20);
    }
    return fail("not ready:%n%s", Files.readString(log));
  }
}
