package dev.offramp.bench;

import static dev.offramp.bench.DeployFiles.BASE;
import static dev.offramp.bench.DeployFiles.named;
import static dev.offramp.bench.DeployFiles.texts;
import static dev.offramp.bench.DeployFiles.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.cli.ServeMain;
import dev.offramp.server.ServerSettings;
import dev.offramp.v1.InferenceServiceGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;

/** What the manifests say of the server is what the server says of itself. */
final class KubernetesBaseTest {
  /** How long cancelled calls, and then workers, may take to end once the drain timeout is over. */
  private static final Duration CANCEL_LIMIT = Duration.ofSeconds(15);

  private JsonNode pod;
  private JsonNode server;
  private ParseResult flags;

  @BeforeEach
  void read() throws IOException {
    pod = yaml(BASE.resolve("deployment.yaml")).at("/spec/template/spec");
    server = named(pod.path("containers"), "name", "server");
    // The flags as picocli will read them, from the file that the ConfigMap mounts.
    var args = new ArrayList<String>();
    for (String arg : texts(server.path("args"))) {
      args.add(arg.startsWith("@") ? "@" + BASE.resolve(Path.of(arg).getFileName()) : arg);
    }
    flags =
        new CommandLine(ServeMain.commandLine().getCommandSpec())
            .parseArgs(args.toArray(String[]::new));
  }

  @Test
  void kustomization_listsEveryFileOfTheBaseOnce() throws IOException {
    JsonNode kustomization = yaml(BASE.resolve("kustomization.yaml"));
    List<String> listed =
        Stream.concat(
                Stream.of("kustomization.yaml"),
                Stream.concat(
                    texts(kustomization.path("resources")).stream(),
                    texts(kustomization.at("/configMapGenerator/0/files")).stream()))
            .toList();
    try (var files = Files.list(BASE)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(listed);
    }
  }

  @Test
  void flags_areServesOwn_andComeFromTheMountedConfigMap() throws IOException {
    JsonNode map = yaml(BASE.resolve("kustomization.yaml")).at("/configMapGenerator/0");
    JsonNode volume = named(pod.path("volumes"), "name", "flags");
    assertThat(volume.at("/configMap/name").asString()).isEqualTo(map.path("name").asString());
    String mounted =
        named(server.path("volumeMounts"), "name", "flags").path("mountPath").asString();
    assertThat(texts(server.path("args")))
        .contains("@" + mounted + "/" + texts(map.path("files")).getFirst());
    assertThat(flags.matchedOptions()).isNotEmpty();
  }

  @Test
  void artifact_liesInTheModelsVolume() {
    String models =
        named(server.path("volumeMounts"), "name", "models").path("mountPath").asString();
    List<Path> artifacts = flags.matchedPositionalValue(0, List.of());
    assertThat(artifacts).hasSize(1).allMatch(artifact -> artifact.startsWith(models));
  }

  @Test
  void ports_areTheOneTheServerListensOn() throws IOException {
    int port = flags.matchedOptionValue("--port", ServerSettings.DEFAULT_PORT);
    assertThat(named(server.path("ports"), "name", "grpc").path("containerPort").asInt())
        .isEqualTo(port);
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      assertThat(server.path(probe).path("grpc").path("port").asInt()).as(probe).isEqualTo(port);
    }
    JsonNode service = named(yaml(BASE.resolve("service.yaml")).at("/spec/ports"), "name", "grpc");
    assertThat(service.path("port").asInt()).isEqualTo(port);
    assertThat(service.path("targetPort").asString()).isEqualTo("grpc");
  }

  @ParameterizedTest
  @ValueSource(strings = {"startupProbe", "readinessProbe"})
  void probes_thatDecideOnTraffic_askForTheInferenceService(String probe) {
    assertThat(server.path(probe).at("/grpc/service").asString())
        .isEqualTo(InferenceServiceGrpc.SERVICE_NAME);
  }

  @Test
  void livenessProbe_asksForTheServerAsAWhole() {
    assertThat(server.at("/livenessProbe/grpc/service").isMissingNode()).isTrue();
  }

  @Test
  void gracePeriod_coversPauseDrainAndCancellation() {
    Duration pause = Duration.ofSeconds(server.at("/lifecycle/preStop/sleep/seconds").asInt());
    Duration drain =
        flags.matchedOptionValue("--drain-timeout", ServerSettings.DEFAULT_DRAIN_TIMEOUT);
    Duration grace = Duration.ofSeconds(pod.path("terminationGracePeriodSeconds").asInt());
    assertThat(grace).isGreaterThan(pause.plus(drain).plus(CANCEL_LIMIT));
  }

  @Test
  void mounts_allHaveAVolume() {
    for (JsonNode mount : server.path("volumeMounts")) {
      named(pod.path("volumes"), "name", mount.path("name").asString());
    }
  }

  @Test
  void rootFileSystem_isReadOnly_andWhatTheImageWritesToIsMounted() throws IOException {
    assertThat(server.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    var writable = new ArrayList<Path>();
    for (JsonNode mount : server.path("volumeMounts")) {
      if (!mount.path("readOnly").asBoolean(false)) {
        writable.add(Path.of(mount.path("mountPath").asString()));
      }
    }
    List<Path> written =
        Stream.of(
                Stream.of("/tmp"),
                DeployFiles.environment().values().stream(),
                DeployFiles.entryPoint().stream()
                    .filter(word -> word.startsWith("-D"))
                    .map(word -> word.substring(word.indexOf('=') + 1)))
            .flatMap(paths -> paths)
            .map(Path::of)
            .toList();
    assertThat(written)
        .hasSizeGreaterThan(2)
        .allMatch(path -> writable.stream().anyMatch(path::startsWith));
  }

  @Test
  void user_isTheImages_andNotRoot() throws IOException {
    JsonNode context = pod.path("securityContext");
    assertThat(context.path("runAsNonRoot").asBoolean()).isTrue();
    assertThat(DeployFiles.instructions("USER"))
        .containsExactly(
            context.path("runAsUser").asInt() + ":" + context.path("runAsGroup").asInt());
    assertThat(context.path("runAsUser").asInt()).isPositive();
  }

  @Test
  void image_andSelector_areTheOnesThatKustomizeSets() throws IOException {
    JsonNode kustomization = yaml(BASE.resolve("kustomization.yaml"));
    assertThat(server.path("image").asString())
        .isEqualTo(kustomization.at("/images/0/name").asString());
    // Without a selector the Deployment is invalid: kustomize adds it with the labels.
    assertThat(kustomization.at("/labels/0/includeSelectors").asBoolean()).isTrue();
    assertThat(kustomization.at("/labels/0/includeTemplates").asBoolean()).isTrue();
  }
}
