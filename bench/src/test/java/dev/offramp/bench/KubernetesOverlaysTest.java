package dev.offramp.bench;

import static dev.offramp.bench.DeployFiles.BASE;
import static dev.offramp.bench.DeployFiles.KUBERNETES;
import static dev.offramp.bench.DeployFiles.named;
import static dev.offramp.bench.DeployFiles.texts;
import static dev.offramp.bench.DeployFiles.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.state.StateSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;

/** What is laid over the base fits it, and what the server says of itself. */
final class KubernetesOverlaysTest {
  private static final Path EXPERIMENTS = KUBERNETES.resolve("experiments");
  private static final Path METRICS = KUBERNETES.resolve("metrics");

  private JsonNode deployment;
  private JsonNode set;
  private JsonNode server;
  private JsonNode port;
  private JsonNode policy;

  @BeforeEach
  void read() throws IOException {
    deployment = yaml(BASE.resolve("deployment.yaml"));
    set = yaml(EXPERIMENTS.resolve("statefulset.yaml"));
    server = named(set.at("/spec/template/spec/containers"), "name", "server");
    port = yaml(METRICS.resolve("port.yaml"));
    policy = yaml(METRICS.resolve("networkpolicy.yaml"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"experiments", "metrics"})
  void kustomization_listsEveryFileOfTheOverlayOnce(String name) throws IOException {
    Path overlay = KUBERNETES.resolve(name);
    try (var files = Files.list(overlay)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(DeployFiles.kustomized(overlay));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"experiments", "metrics"})
  void flags_goIntoTheConfigMapOfTheBase_andTheArgumentsNameThem(String name) throws IOException {
    String pointer = "/configMapGenerator/0";
    JsonNode map = yaml(KUBERNETES.resolve(name).resolve("kustomization.yaml")).at(pointer);
    JsonNode base = yaml(BASE.resolve("kustomization.yaml")).at(pointer);
    assertThat(map.path("name").asString()).isEqualTo(base.path("name").asString());
    assertThat(map.path("behavior").asString()).isEqualTo("merge");
    Path mount =
        Path.of(
            named(baseServer().path("volumeMounts"), "name", "flags").path("mountPath").asString());
    assertThat(appended(name))
        .containsExactly("@" + mount.resolve(texts(map.path("files")).getFirst()));
  }

  @Test
  void experiments_makeAStatefulSetOfTheDeployment() throws IOException {
    JsonNode kustomization = yaml(EXPERIMENTS.resolve("kustomization.yaml"));
    assertThat(texts(kustomization.path("resources"))).containsExactly("../base");
    JsonNode patch = named(kustomization.path("patches"), "path", "statefulset.yaml");
    assertThat(patch.at("/options/allowKindChange").asBoolean()).isTrue();
    String name = deployment.at("/metadata/name").asString();
    assertThat(patch.at("/target/kind").asString()).isEqualTo(deployment.path("kind").asString());
    assertThat(patch.at("/target/name").asString()).isEqualTo(name);
    assertThat(set.path("kind").asString()).isEqualTo("StatefulSet");
    assertThat(set.at("/metadata/name").asString()).isEqualTo(name);
    // The only field of the base's Deployment that a StatefulSet does not know.
    assertThat(deployment.path("spec").propertyNames())
        .containsExactlyInAnyOrder("replicas", "strategy", "template");
    assertThat(set.at("/spec/strategy").isNull()).isTrue();
  }

  @Test
  void statefulSet_isNamedByTheHeadlessService() throws IOException {
    JsonNode service = yaml(BASE.resolve("service.yaml"));
    assertThat(service.at("/spec/clusterIP").asString()).isEqualTo("None");
    assertThat(set.at("/spec/serviceName").asString())
        .isEqualTo(service.at("/metadata/name").asString());
  }

  @Test
  void state_liesOnAClaimOfEachReplicasOwn_thatIsKept() throws IOException {
    assertThat(set.at("/spec/volumeClaimTemplates").size()).isEqualTo(1);
    JsonNode claim = set.at("/spec/volumeClaimTemplates/0");
    String name = claim.at("/metadata/name").asString();
    JsonNode mount = named(server.path("volumeMounts"), "name", name);
    Path state = experiments().matchedOptionValue("--state", null);
    assertThat(state).startsWithRaw(Path.of(mount.path("mountPath").asString()));
    assertThat(mount.path("readOnly").asBoolean(false)).isFalse();
    assertThat(texts(claim.at("/spec/accessModes"))).containsExactly("ReadWriteOnce");
    assertThat(set.at("/spec/persistentVolumeClaimRetentionPolicy"))
        .isNotEmpty()
        .allMatch(what -> what.asString().equals("Retain"));
  }

  @Test
  void stateUrl_isOneTheServerTakes_andHoldsNoPassword() throws IOException {
    ParseResult flags = experiments();
    String url = flags.matchedOptionValue("--state-url", null);
    StateSettings.of(flags.matchedOptionValue("--state", null), Optional.of(url));
    // Without a user's name the driver would look for the password of the process's own.
    assertThat(url).contains("?user=").doesNotContain("password");
  }

  @Test
  void password_comesFromASecret_mountedReadOnlyForTheServersGroup() {
    JsonNode mount = named(server.path("volumeMounts"), "name", "postgresql");
    JsonNode secret =
        named(set.at("/spec/template/spec/volumes"), "name", "postgresql").path("secret");
    String file = named(server.path("env"), "name", "PGPASSFILE").path("value").asString();
    assertThat(Path.of(file))
        .isEqualTo(
            Path.of(mount.path("mountPath").asString())
                .resolve(secret.at("/items/0/path").asString()));
    assertThat(mount.path("readOnly").asBoolean()).isTrue();
    assertThat(secret.path("secretName").asString()).isNotEmpty();
    // Octal, as kubectl reads it: what owner and group may read, and nobody else.
    assertThat(secret.path("defaultMode").asString()).isEqualTo("0440");
    assertThat(deployment.at("/spec/template/spec/securityContext/fsGroup").asInt()).isPositive();
  }

  @Test
  void mounts_ofTheStatefulSetHaveAVolume_andHideNoneOfTheBases() {
    List<String> volumes = new ArrayList<>();
    set.at("/spec/template/spec/volumes")
        .forEach(volume -> volumes.add(volume.path("name").asString()));
    set.at("/spec/volumeClaimTemplates")
        .forEach(claim -> volumes.add(claim.at("/metadata/name").asString()));
    for (JsonNode mount : server.path("volumeMounts")) {
      assertThat(volumes).contains(mount.path("name").asString());
      Path path = Path.of(mount.path("mountPath").asString());
      for (JsonNode other : baseServer().path("volumeMounts")) {
        Path of = Path.of(other.path("mountPath").asString());
        assertThat(path.startsWith(of) || of.startsWith(path)).as("%s, %s", path, of).isFalse();
      }
    }
  }

  @Test
  void metrics_areAComponentForBoth() throws IOException {
    JsonNode kustomization = yaml(METRICS.resolve("kustomization.yaml"));
    assertThat(kustomization.path("kind").asString()).isEqualTo("Component");
    JsonNode target = kustomization.at("/patches/0/target");
    assertThat(target.path("name").asString())
        .isEqualTo(deployment.at("/metadata/name").asString());
    for (JsonNode workload : List.of(deployment, set)) {
      assertThat(workload.path("kind").asString()).matches(target.path("kind").asString());
    }
  }

  @Test
  void adminPort_listensForOtherHosts_whereTheContainerSaysSo() throws IOException {
    ParseResult flags =
        DeployFiles.flags(arguments("experiments", "metrics"), BASE, EXPERIMENTS, METRICS);
    JsonNode opened = value("/spec/template/spec/containers/0/ports/-");
    assertThat(opened.path("containerPort").asInt())
        .isEqualTo(flags.<Integer>matchedOptionValue("--admin-port", null));
    assertThat(flags.<String>matchedOptionValue("--admin-address", null)).isEqualTo("0.0.0.0");
  }

  @Test
  void policy_holdsForTheServersPods_andForIngressAlone() throws IOException {
    assertThat(policy.at("/spec/podSelector/matchLabels"))
        .isEqualTo(yaml(BASE.resolve("kustomization.yaml")).at("/labels/0/pairs"));
    assertThat(texts(policy.at("/spec/policyTypes"))).containsExactly("Ingress");
  }

  @Test
  void policy_letsCallsIn_andToTheAdminPortOnlyPrometheus() {
    String admin = value("/spec/template/spec/containers/0/ports/-").path("name").asString();
    String calls =
        named(baseServer().path("ports"), "containerPort", "7070").path("name").asString();
    assertThat(policy.at("/spec/ingress").size()).isEqualTo(2);
    for (JsonNode rule : policy.at("/spec/ingress")) {
      // A rule without ports lets all of them in.
      assertThat(rule.path("ports").size()).isEqualTo(1);
      String opened = rule.at("/ports/0/port").asString();
      if (opened.equals(calls)) {
        assertThat(rule.has("from")).isFalse();
        continue;
      }
      assertThat(opened).isEqualTo(admin);
      // One peer with both selectors: two peers would be either.
      assertThat(rule.path("from").size()).isEqualTo(1);
      assertThat(rule.at("/from/0/namespaceSelector/matchLabels").isEmpty()).isFalse();
      assertThat(rule.at("/from/0/podSelector/matchLabels").isEmpty()).isFalse();
    }
  }

  private JsonNode baseServer() {
    return named(deployment.at("/spec/template/spec/containers"), "name", "server");
  }

  private ParseResult experiments() throws IOException {
    return DeployFiles.flags(arguments("experiments"), BASE, EXPERIMENTS);
  }

  /** The base's arguments, and those that the overlays append. */
  private List<String> arguments(String... overlays) throws IOException {
    var arguments = new ArrayList<String>(texts(baseServer().path("args")));
    for (String overlay : overlays) {
      arguments.addAll(appended(overlay));
    }
    return arguments;
  }

  private List<String> appended(String overlay) throws IOException {
    JsonNode operations =
        overlay.equals("metrics") ? port : yaml(EXPERIMENTS.resolve("arguments.yaml"));
    return StreamSupport.stream(operations.spliterator(), false)
        .filter(operation -> operation.path("path").asString().endsWith("/args/-"))
        .map(operation -> operation.path("value").asString())
        .toList();
  }

  /** What the component adds to the base at {@code path}. */
  private JsonNode value(String path) {
    return named(port, "path", path).path("value");
  }
}
