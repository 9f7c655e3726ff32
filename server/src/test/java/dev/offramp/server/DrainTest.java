package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.is;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.Uninterruptibles;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import dev.offramp.server.engine.GatedBackend;
import dev.offramp.server.registry.Rollout;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitReason;
import dev.offramp.v1.LoadModelRequest;
import dev.offramp.v1.ModelAdminServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of calls when their server, their caller or their time goes away. */
@Timeout(120)
class DrainTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  private final GatedBackend backend = new GatedBackend(TestArtifacts.CONFIG.classes());

  @TempDir Path temporary;

  private OfframpServer start(Duration maxWait, Duration drain) throws IOException {
    return OfframpServer.start(
        TestSettings.of(
            1, maxWait, drain, TestArtifacts.write(temporary.resolve("a"), "sst2", "1")),
        (_, _) -> backend);
  }

  private static ClassifyRequest request(String text) {
    return ClassifyRequest.newBuilder().setText(text).setTier("full").build();
  }

  private static Status.Code failure(ListenableFuture<?> response) {
    try {
      throw new AssertionError("answered: " + response.get(60, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return Status.fromThrowable(e).getCode();
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void close_callInFlight_turnsReadinessOffFirstAndAnswersIt() throws Exception {
    OfframpServer server = start(LONG, Duration.ofSeconds(60));
    try (var calls = new Calls(server.port())) {
      // A watch is a call in flight too: it must not keep the server from closing.
      var watch =
          HealthGrpc.newBlockingStub(calls.channel())
              .watch(HealthCheckRequest.getDefaultInstance());
      assertThat(watch.next().getStatus()).isEqualTo(ServingStatus.SERVING);
      var response = calls.async().classify(request("a film"));
      backend.arrived.acquire();

      Thread closing = Thread.ofPlatform().start(server::close);
      HealthCheckResponse next = watch.next();
      assertThat(next.getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
      assertThat(response).isNotDone();
      assertThat(closing.isAlive()).isTrue();

      backend.openGate();
      assertThat(response.get().getExitDepth()).isEqualTo(4);
      closing.join();
      assertThat(backend.closed).hasValue(2);
      try (var late = new Calls(server.port())) {
        assertThatThrownBy(() -> late.stub().classify(request("too late")))
            .isInstanceOfSatisfying(
                StatusRuntimeException.class,
                e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
      }
    }
  }

  @Test
  void close_callOutlastsTheTimeout_isCancelled() throws Exception {
    OfframpServer server = start(LONG, Duration.ZERO);
    try (var calls = new Calls(server.port())) {
      var response = calls.async().classify(request("a film"));
      backend.arrived.acquire();
      Thread closing = Thread.ofPlatform().start(server::close);
      assertThat(failure(response)).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
      // The caller may know before the server does.
      Awaitility.await().until(() -> server.callsInFlight() == 0);
      backend.openGate();
      closing.join();
      server.awaitClosed();
      assertThat(backend.textLayers).hasValue(1);
      assertThat(backend.closed).hasValue(2);
    }
  }

  @Test
  void close_kernelNeverReturns_leavesItBehind() throws Exception {
    OfframpServer server = start(LONG, Duration.ZERO);
    try (var calls = new Calls(server.port())) {
      var response = calls.async().classify(request("a film"));
      backend.arrived.acquire();
      server.close();
      assertThat(failure(response)).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
      assertThat(server.callsInFlight()).isZero();
      assertThat(backend.closed).as("the kernel still runs").hasValue(0);
    } finally {
      backend.openGate(); // What was left behind is freed once it comes back.
    }
    Awaitility.await().untilAtomic(backend.closed, is(2));
  }

  @Test
  void close_modelThatIsLoadedWithoutEnd_isLeftBehind() throws Exception {
    var loading = new CountDownLatch(1);
    var forever = new CountDownLatch(1);
    var opened = new AtomicInteger();
    backend.openGate();
    Path artifact = TestArtifacts.write(temporary.resolve("a"), "sst2", "1").toRealPath();
    var rollout =
        new Rollout(
            List.of(artifact.getParent()),
            Optional.empty(),
            Rollout.DEFAULT_WATCH_INTERVAL,
            Duration.ZERO);
    OfframpServer server =
        OfframpServer.start(
            TestSettings.of(1, LONG, Duration.ZERO, rollout, artifact),
            (_, _) -> {
              if (opened.incrementAndGet() > 1) {
                loading.countDown();
                Uninterruptibles.awaitUninterruptibly(forever);
              }
              return backend;
            });
    try (var calls = new Calls(server.port())) {
      var load =
          ModelAdminServiceGrpc.newFutureStub(calls.channel())
              .withDeadlineAfter(LONG)
              .loadModel(LoadModelRequest.newBuilder().setPath("a").build());
      loading.await();
      server.close();
      assertThat(failure(load)).isIn(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
    } finally {
      forever.countDown();
    }
  }

  @Test
  void classify_wouldWaitForTooLong_isResourceExhaustedWithRetryInfo() throws Exception {
    try (OfframpServer server = start(Duration.ZERO, Duration.ofSeconds(60));
        var calls = new Calls(server.port())) {
      backend.gate.release(4); // The first one shows what a layer costs.
      assertThat(calls.stub().classify(request("not a good film")).getExitDepth()).isEqualTo(4);
      backend.arrived.acquire(4);
      var running = calls.async().classify(request("a film"));
      backend.arrived.acquire();
      // Who comes now would wait for the one that runs.
      var refused = new AtomicInteger();
      var waiting = new ArrayList<ListenableFuture<ClassifyResponse>>();
      for (String text : new String[] {"a good film", "a bad film", "not a film", "bad !"}) {
        ListenableFuture<ClassifyResponse> each = calls.async().classify(request(text));
        each.addListener(refused::incrementAndGet, Runnable::run);
        waiting.add(each);
      }
      Awaitility.await().untilAtomic(refused, is(4));
      backend.openGate();
      assertThat(running.get().getExitDepth()).isEqualTo(4);
      for (ListenableFuture<ClassifyResponse> each : waiting) {
        assertThatThrownBy(each::get)
            .isInstanceOfSatisfying(ExecutionException.class, e -> assertRetryInfo(e.getCause()));
      }
    }
  }

  /** What a client holds back is neither refused nor does its deadline count. */
  @Test
  void classify_moreOfOneConnectionThanAWorkerTakes_allAreWithTheServer() throws Exception {
    try (OfframpServer server = start(LONG, Duration.ZERO);
        var calls = new Calls(server.port())) {
      var responses = new ArrayList<ListenableFuture<ClassifyResponse>>();
      for (int i = 0; i < 3000; i++) {
        responses.add(calls.async().classify(request("film " + i)));
      }
      Awaitility.await().until(() -> server.callsInFlight() == responses.size());
      backend.openGate();
      for (var response : responses) {
        assertThat(response.get().getExitDepth()).isEqualTo(4);
      }
    }
  }

  private static void assertRetryInfo(@Nullable Throwable failure) {
    var status = StatusProto.fromThrowable(Objects.requireNonNull(failure));
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED.value());
    try {
      var retry = status.getDetails(0).unpack(RetryInfo.class).getRetryDelay();
      assertThat(retry.getSeconds() * 1e9 + retry.getNanos()).isGreaterThanOrEqualTo(10e6);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void classify_callerCancels_runsNoFurtherLayer() throws Exception {
    try (OfframpServer server = start(LONG, Duration.ofSeconds(60));
        var calls = new Calls(server.port())) {
      var response = calls.async().classify(request("a film"));
      backend.arrived.acquire();
      assertThat(response.cancel(true)).isTrue();
      Awaitility.await().until(() -> server.callsInFlight() == 0);
      Awaitility.await().until(() -> backend.arrived.availablePermits() == 0);
      backend.gate.release();
      backend.openGate();
      assertThat(calls.stub().classify(request("a good film")).getExitDepth()).isEqualTo(4);
      assertThat(backend.textLayers.get()).isLessThan(2 * 4);
    }
  }

  @Test
  void classify_deadlinePasses_isDeadlineExceeded() throws Exception {
    try (OfframpServer server = start(LONG, Duration.ofSeconds(60));
        var calls = new Calls(server.port())) {
      var response =
          calls.async().withDeadlineAfter(Duration.ofMillis(100)).classify(request("a film"));
      assertThat(failure(response)).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      backend.openGate();
      assertThat(calls.stub().classify(request("a good film")).getExitDepth()).isEqualTo(4);
    }
  }

  @Test
  void classify_timeoutPassesAfterTheFirstExit_isAnsweredByItAndMarked() throws Exception {
    try (OfframpServer server = start(LONG, Duration.ofSeconds(60));
        var calls = new Calls(server.port())) {
      var timeout = com.google.protobuf.Duration.newBuilder().setSeconds(2);
      var response =
          calls.async().classify(request("a film").toBuilder().setTimeout(timeout).build());
      backend.arrived.acquire();
      Thread.sleep(2_100); // The first layer takes longer than the time that there is.
      backend.openGate();
      assertThat(response.get().getExitDepth()).isEqualTo(1);
      assertThat(response.get().getExitReason()).isEqualTo(ExitReason.EXIT_REASON_DEADLINE);
      assertThat(backend.textLayers).hasValue(1);
    }
  }

  @Test
  void classify_kernelFails_isInternalAndTheServerGoesOn() throws Exception {
    try (OfframpServer server = start(LONG, Duration.ofSeconds(60));
        var calls = new Calls(server.port())) {
      backend.setFailing(true);
      backend.openGate();
      assertThat(failure(calls.async().classify(request("a film"))))
          .isEqualTo(Status.Code.INTERNAL);
      backend.setFailing(false);
      assertThat(calls.stub().classify(request("a film")).getExitDepth()).isEqualTo(4);
    }
  }
}
