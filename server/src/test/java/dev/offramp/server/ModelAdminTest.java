package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.BackendFactory;
import dev.offramp.server.engine.LayerKernels;
import dev.offramp.server.registry.Rollout;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ListModelStatesRequest;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.LoadModelRequest;
import dev.offramp.v1.ModelAdminServiceGrpc;
import dev.offramp.v1.ModelState;
import dev.offramp.v1.RemoveLabelRequest;
import dev.offramp.v1.ServingState;
import dev.offramp.v1.SetLabelRequest;
import dev.offramp.v1.UnloadModelRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Versions come, get labels, and go, by real calls, while a real server answers. */
@Timeout(120)
class ModelAdminTest {

  private static final long SEED = 20_261_124;

  @TempDir Path temporary;

  private final AtomicInteger open = new AtomicInteger();
  private OfframpServer server;
  private Calls calls;
  private ModelAdminServiceGrpc.ModelAdminServiceBlockingStub admin;

  /** The plain Java kernels, counted until they are freed. */
  private final BackendFactory counted =
      (artifact, target) -> {
        Backend backend = TestArtifacts.REFERENCE.open(artifact, target);
        open.incrementAndGet();
        return new Backend() {
          @Override
          public LayerKernels kernels(int maxTokens, int maxSequences) {
            return backend.kernels(maxTokens, maxSequences);
          }

          @Override
          public void close() {
            backend.close();
            open.decrementAndGet();
          }
        };
      };

  @BeforeEach
  void start() throws IOException {
    temporary = temporary.toRealPath();
    Path first = write("1");
    server = OfframpServer.start(TestSettings.of(rollout(List.of(temporary)), first), counted);
    calls = new Calls(server.port());
    admin = ModelAdminServiceGrpc.newBlockingStub(calls.channel());
  }

  @AfterEach
  void close() {
    calls.close();
    server.close();
    assertThat(open).hasValue(0);
  }

  private static Rollout rollout(List<Path> roots) {
    return new Rollout(
        roots, Optional.empty(), Rollout.DEFAULT_WATCH_INTERVAL, Duration.ofMinutes(1));
  }

  private Path write(String version) {
    return TestArtifacts.write(temporary.resolve("v" + version), "sst2", version);
  }

  private ModelState load(String path, String label) {
    return admin
        .loadModel(LoadModelRequest.newBuilder().setPath(path).setLabel(label).build())
        .getModel();
  }

  private void label(String version, String label) {
    assertThat(
            admin
                .setLabel(
                    SetLabelRequest.newBuilder()
                        .setName("sst2")
                        .setVersion(version)
                        .setLabel(label)
                        .build())
                .getModel()
                .getVersionLabelsList())
        .contains(label);
  }

  private void unload(String version) {
    var _ =
        admin.unloadModel(
            UnloadModelRequest.newBuilder().setName("sst2").setVersion(version).build());
  }

  private String answeredBy(String version) {
    return calls
        .classify(
            ClassifyRequest.newBuilder()
                .setText("a good film")
                .setTier("full")
                .setModelVersion(version))
        .getModelVersion();
  }

  private static void assertStatus(ThrowingCallable call, Status.Code code, String... message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).contains(message);
            });
  }

  private HealthCheckResponse.ServingStatus health() {
    return HealthGrpc.newBlockingStub(calls.channel())
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  @Test
  void unload_theLastModel_isNotServingUntilAnotherComes() {
    assertThat(health()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    unload("1");
    assertThat(health()).isEqualTo(HealthCheckResponse.ServingStatus.NOT_SERVING);
    var _ = load("v1", "");
    assertThat(health()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
  }

  @Test
  void setLabel_versionsSideBySide_routesRequestsAndListsThem() {
    write("2");
    label("1", "stable");
    ModelState candidate = load("v2", "candidate");
    assertThat(candidate.getVersionLabelsList()).containsExactly("candidate");
    assertThat(candidate.getIsDefault()).isFalse();
    assertThat(answeredBy("")).isEqualTo("1");
    assertThat(answeredBy("@candidate")).isEqualTo("2");
    label("@candidate", "stable");
    assertThat(answeredBy("")).isEqualTo("2");
    assertThat(calls.stub().listModels(ListModelsRequest.getDefaultInstance()).getModelsList())
        .extracting(model -> model.getVersion() + model.getVersionLabelsList())
        .containsExactly("1[]", "2[candidate, stable]");

    assertStatus(() -> unload("2"), Status.Code.FAILED_PRECONDITION, "labels [candidate, stable]");
    unload("1");
    var _ =
        admin.removeLabel(
            RemoveLabelRequest.newBuilder().setName("sst2").setLabel("candidate").build());
    assertThat(admin.listModelStates(ListModelStatesRequest.getDefaultInstance()).getModelsList())
        .singleElement()
        .satisfies(state -> {
          assertThat(state.getVersion()).isEqualTo("2");
          assertThat(state.getVersionLabelsList()).containsExactly("stable");
          assertThat(state.getIsDefault()).isTrue();
          assertThat(state.getState()).isEqualTo(ServingState.SERVING_STATE_SERVING);
          assertThat(state.getPath()).isEqualTo(temporary.resolve("v2").toString());
          assertThat(state.getTarget()).isEqualTo("plain");
        });
    assertStatus(() -> answeredBy("@candidate"), Status.Code.NOT_FOUND, "label: 'candidate'");
    assertThat(open).hasValue(1);
  }

  /**
   * Clients never stop asking for the default, a label, and whatever they like, while versions are
   * loaded, promoted, and unloaded; none of their calls fails, and all of the old is freed.
   */
  @Test
  void swap_underConcurrentRequests_failsNoneAndFreesTheOld() throws Exception {
    System.out.println("seed " + SEED);
    label("1", "stable");
    var oldest = new AtomicInteger(1); // Of the versions that may answer a call that begins now,
    var newest = new AtomicInteger(1); // and one that ends now.
    var stop = new AtomicBoolean();
    var answers = new AtomicInteger();
    try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
      var asking = new ArrayList<Future<?>>();
      for (int c = 0; c < 4; c++) {
        var random = new Random(SEED + c);
        asking.add(
            clients.submit(() -> {
              while (!stop.get()) {
                int from = oldest.get();
                ClassifyResponse response =
                    calls.classify(
                        ClassifyRequest.newBuilder()
                            .setText("a good film ".repeat(1 + random.nextInt(9)))
                            .setTier(random.nextBoolean() ? "full" : "x2")
                            .setModelVersion(random.nextBoolean() ? "" : "@stable")
                            .setBypassCache(random.nextBoolean()));
                assertThat(Integer.parseInt(response.getModelVersion()))
                    .isBetween(from, newest.get());
                answers.incrementAndGet();
              }
              return null;
            }));
      }
      for (int version = 2; version <= 6; version++) {
        String next = "" + version;
        write(next);
        newest.set(version);
        assertThat(load("v" + next, "stable").getIsDefault()).isTrue();
        oldest.set(version);
        int before = answers.get();
        unload("" + (version - 1));
        Awaitility.await()
            .until(() -> answers.get() >= before + 8 || asking.stream().anyMatch(Future::isDone));
      }
      stop.set(true);
      for (Future<?> each : asking) {
        assertThat(each.get()).isNull();
      }
    }
    Awaitility.await().untilAsserted(() -> assertThat(open).hasValue(1));
    assertThat(server.models().leaving()).isEmpty();
  }

  @Test
  void loadModel_badArtifactOrPath_saysWhyAndTheOldServesOn() throws IOException {
    label("1", "stable");
    Path damaged = write("2");
    Files.writeString(damaged.resolve("weights/float32.safetensors"), "other weights");
    assertStatus(
        () -> load("v2", "stable"),
        Status.Code.FAILED_PRECONDITION,
        "float32.safetensors",
        "damaged");
    Files.createDirectories(temporary.resolve("empty"));
    assertStatus(() -> load("empty", "stable"), Status.Code.FAILED_PRECONDITION, "not an artifact");
    assertStatus(() -> load("none", ""), Status.Code.NOT_FOUND, "none", "no such directory");
    assertStatus(() -> load("../..", ""), Status.Code.INVALID_ARGUMENT, "leads elsewhere");
    assertStatus(() -> load("/etc", ""), Status.Code.INVALID_ARGUMENT, "leads elsewhere");
    assertStatus(() -> load("", ""), Status.Code.INVALID_ARGUMENT, "path: not given");
    assertStatus(() -> load("v1", "Not A Label"), Status.Code.INVALID_ARGUMENT, "label");
    assertStatus(() -> unload(""), Status.Code.INVALID_ARGUMENT, "version: not given");
    assertStatus(() -> unload("9"), Status.Code.NOT_FOUND, "known: [sst2@1]");
    assertThat(answeredBy("@stable")).isEqualTo("1");
    assertThat(open).hasValue(1);
  }

  @Test
  void changes_noRoots_areRefusedAndSayHowToAllowThem() throws IOException {
    try (var closed =
            OfframpServer.start(
                TestSettings.of(rollout(List.of()), temporary.resolve("v1")),
                TestArtifacts.REFERENCE);
        var closedCalls = new Calls(closed.port())) {
      admin = ModelAdminServiceGrpc.newBlockingStub(closedCalls.channel());
      assertStatus(() -> load("v1", ""), Status.Code.FAILED_PRECONDITION, "--model-root");
      assertStatus(() -> unload("1"), Status.Code.FAILED_PRECONDITION, "--model-root");
      assertStatus(() -> label("1", "stable"), Status.Code.FAILED_PRECONDITION, "--model-root");
      assertThat(
              admin.listModelStates(ListModelStatesRequest.getDefaultInstance()).getModelsCount())
          .isEqualTo(1);
    }
  }

  @Test
  void start_watchedDirectory_servesWhatComesAndRefusesToStartWithNothing() throws IOException {
    Path watched = Files.createDirectories(temporary.resolve("watched"));
    var rollout =
        new Rollout(List.of(), Optional.of(watched), Duration.ofMillis(20), Duration.ofMinutes(1));
    ServerSettings settings = TestSettings.of(rollout);
    assertThatThrownBy(() -> OfframpServer.start(settings, TestArtifacts.REFERENCE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(watched.toString(), "no artifact");
    TestArtifacts.write(watched.resolve("a"), "sst2", "7");
    try (var watching = OfframpServer.start(settings, TestArtifacts.REFERENCE);
        var watchingCalls = new Calls(watching.port())) {
      TestArtifacts.write(watched.resolve("b"), "sst2", "8");
      Awaitility.await()
          .until(() ->
              watchingCalls
                  .classify(ClassifyRequest.newBuilder().setText("a film").setTier("full"))
                  .getModelVersion()
                  .equals("8"));
    }
  }
}
