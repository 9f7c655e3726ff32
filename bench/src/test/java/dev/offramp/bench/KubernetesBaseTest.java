package dev.offramp.bench;

import static dev.offramp.bench.DeployFiles.BASE;
import static dev.offramp.bench.DeployFiles.named;
import static dev.offramp.bench.DeployFiles.texts;
import static dev.offramp.bench.DeployFiles.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.ServerSettings;
import dev.offramp.server.registry.Rollout;
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
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;

/** What the manifests say of the server is what the server says of itself. */
final class KubernetesBaseTest {
  private JsonNode pod;
  private JsonNode server;
  private ParseResult flags;

  @BeforeEach
  void read() throws IOException {
    pod = yaml(BASE.resolve("deployment.yaml")).at("/spec/template/spec");
    server = named(pod.path("containers"), "name", "server");
    flags = DeployFiles.flags(texts(server.path("args")), BASE);
  }

  @Test
  void kustomization_listsEveryFileOfTheBaseOnce() throws IOException {
    try (var files = Files.list(BASE)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(DeployFiles.kustomized(BASE));
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
  void startupProbe_waitsForSeveralArtifactsToWarmUp() {
    JsonNode probe = server.path("startupProbe");
    int seconds = probe.path("periodSeconds").asInt() * probe.path("failureThreshold").asInt();
    Duration warmUp = flags.matchedOptionValue("--warm-up-limit", Rollout.DEFAULT_WARM_UP_LIMIT);
    assertThat(Duration.ofSeconds(seconds)).isGreaterThanOrEqualTo(warmUp.multipliedBy(5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"readinessProbe", "livenessProbe"})
  void probes_ofAServingPod_forgiveOneLateAnswer(String name) {
    JsonNode probe = server.path(name);
    assertThat(probe.path("failureThreshold").asInt(3)).isGreaterThanOrEqualTo(3);
    assertThat(probe.path("timeoutSeconds").asInt(1))
        .isGreaterThanOrEqualTo(3)
        .isLessThan(probe.path("periodSeconds").asInt(10));
  }

  @Test
  void cpuLimit_leavesOneCoreBesideTheWorkers_andTheRequestIsTheirs() {
    int workers = flags.<Integer>matchedOptionValue("--workers", null);
    JsonNode resources = server.path("resources");
    assertThat(resources.at("/requests/cpu").asString()).isEqualTo("" + workers);
    assertThat(resources.at("/limits/cpu").asString()).isEqualTo("" + (workers + 1));
  }

  @Test
  void memoryLimit_isWhatIsRequested() {
    JsonNode resources = server.path("resources");
    assertThat(resources.at("/limits/memory").asString())
        .isNotEmpty()
        .isEqualTo(resources.at("/requests/memory").asString());
  }

  @Test
  void gracePeriod_coversPauseDrainAndCancellation() {
    Duration pause = Duration.ofSeconds(server.at("/lifecycle/preStop/sleep/seconds").asInt());
    Duration drain =
        flags.matchedOptionValue("--drain-timeout", ServerSettings.DEFAULT_DRAIN_TIMEOUT);
    Duration grace = Duration.ofSeconds(pod.path("terminationGracePeriodSeconds").asInt());
    assertThat(grace).isGreaterThan(pause.plus(drain).plus(ServerSettings.CLOSE_REST));
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
                DeployFiles.environment().values().stream().filter(value -> value.startsWith("/")),
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
