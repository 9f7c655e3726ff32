package dev.offramp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.v1.CacheStatus;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.Curve;
import dev.offramp.v1.CurvePoint;
import dev.offramp.v1.ExitReason;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.ListModelsResponse;
import dev.offramp.v1.Model;
import dev.offramp.v1.ThresholdRule;
import dev.offramp.v1.Timing;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OfframpClientTest {

  private static final ClassifyResponse POSITIVE =
      ClassifyResponse.newBuilder()
          .setLabel("positive")
          .setLabelIndex(1)
          .addProbabilities(0.25f)
          .addProbabilities(0.75f)
          .addLogits(0f)
          .addLogits(1.0986123f)
          .setExitDepth(3)
          .setLayers(12)
          .setTier("x3")
          .setExitRule(
              ExitRule.newBuilder()
                  .setThreshold(
                      ThresholdRule.newBuilder()
                          .setSignal(dev.offramp.v1.Signal.SIGNAL_ENERGY)
                          .setThreshold(0.2)
                          .setTemperature(1)))
          .setSignalValue(0.12)
          .setExitReason(ExitReason.EXIT_REASON_THRESHOLD)
          .setCacheStatus(CacheStatus.CACHE_STATUS_HIT)
          .setTiming(Timing.newBuilder().setTotalNanos(1_400_000))
          .setModel("sst2")
          .setModelVersion("1")
          .setTokens(7)
          .build();

  private static void answer(ClassifyRequest request, StreamObserver<ClassifyResponse> observer) {
    observer.onNext(POSITIVE);
    observer.onCompleted();
  }

  private static void never(ClassifyRequest request, StreamObserver<ClassifyResponse> observer) {}

  @Test
  void classify_answered_returnsEveryField() {
    try (var server = new FakeServer(OfframpClientTest::answer);
        var client = OfframpClient.connect(server.target())) {
      Answer answer = client.classify("an utterly charming film", Tier.of("x3"));

      assertThat(answer.label()).isEqualTo("positive");
      assertThat(answer.probability()).isEqualTo(0.75);
      assertThat(answer.logits()).containsExactly(0f, 1.0986123f);
      assertThat(answer.exitDepth()).isEqualTo(3);
      assertThat(answer.layers()).isEqualTo(12);
      assertThat(answer.exitReason()).isEqualTo(Answer.ExitReason.THRESHOLD);
      assertThat(answer.rule()).contains(Exit.when(Signal.ENERGY, 0.2));
      assertThat(answer.signalValue()).hasValue(0.12);
      assertThat(answer.cached()).isTrue();
      assertThat(answer.truncated()).isFalse();
      assertThat(answer.tokens()).isEqualTo(7);
      assertThat(answer.timing().total()).isEqualTo(Duration.ofNanos(1_400_000));
      assertThat(answer.model()).isEqualTo("sst2");
      assertThat(answer.version()).isEqualTo("1");
    }
  }

  @Test
  void classify_eachKindOfQuery_sendsWhatWasAsked() {
    var seen = new CopyOnWriteArrayList<ClassifyRequest>();
    try (var server =
            new FakeServer((request, observer) -> {
              seen.add(request);
              answer(request, observer);
            });
        var client = OfframpClient.connect(server.target())) {
      client.classify("plain");
      assertThat(seen.getLast().getText()).isEqualTo("plain");
      assertThat(seen.getLast().getTier()).isEqualTo("full");

      client.classify("by rule", Exit.when(Signal.ENTROPY, 0.2));
      assertThat(seen.getLast().getExitRule().getThreshold().getSignal())
          .isEqualTo(dev.offramp.v1.Signal.SIGNAL_ENTROPY);
      assertThat(seen.getLast().getExitRule().getThreshold().getThreshold()).isEqualTo(0.2);
      assertThat(seen.getLast().getExitRule().getThreshold().getTemperature()).isEqualTo(1);

      client.classify("by agreement", Exit.patience(2));
      assertThat(seen.getLast().getExitRule().getPatience().getPatience()).isEqualTo(2);

      client.classify(
          Query.of(new Input.TextPair("a", "b"))
              .withModel("mrpc", "7")
              .withTruncation()
              .withoutCache());
      assertThat(seen.getLast().getTextPair().getSecond()).isEqualTo("b");
      assertThat(seen.getLast().getModel()).isEqualTo("mrpc");
      assertThat(seen.getLast().getModelVersion()).isEqualTo("7");
      assertThat(seen.getLast().getTruncate()).isTrue();
      assertThat(seen.getLast().getBypassCache()).isTrue();

      client.classify(Query.of(new Input.TokenIds(List.of(2, 9, 3))));
      assertThat(seen.getLast().getTokenIds().getIdsList()).containsExactly(2, 9, 3);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_ARGUMENT, InvalidRequestException",
    "NOT_FOUND, NotFoundException",
    "RESOURCE_EXHAUSTED, OverloadedException",
    "DEADLINE_EXCEEDED, DeadlineExceededException",
    "CANCELLED, CallCancelledException",
    "UNAVAILABLE, UnavailableException",
    "INTERNAL, ServerErrorException",
    "UNKNOWN, ServerErrorException",
    "UNIMPLEMENTED, ServerErrorException",
  })
  void classify_failedWithStatus_throwsItsException(Status.Code code, String exception) {
    try (var server =
            new FakeServer((request, observer) ->
                observer.onError(
                    code.toStatus().withDescription("what went wrong").asException()));
        var client = OfframpClient.connect(server.target())) {
      assertThatThrownBy(() -> client.classify("text"))
          .isInstanceOf(OfframpException.class)
          .hasMessage(
              switch (code) {
                case UNAVAILABLE -> server.target() + ": no server took the call: what went wrong";
                case DEADLINE_EXCEEDED ->
                    "no answer within 10 s (" + server.target() + ": what went wrong)";
                default -> code + ": what went wrong";
              })
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(exception));
      assertThatThrownBy(() -> client.classifyAsync("text", Tier.FULL).join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(exception));
    }
  }

  @Test
  void classify_unavailableOnce_retriesAndAnswers() {
    var attempts = new AtomicInteger();
    try (var server =
            new FakeServer((request, observer) -> {
              if (attempts.getAndIncrement() == 0) {
                observer.onError(Status.UNAVAILABLE.asException());
              } else {
                answer(request, observer);
              }
            });
        var client = OfframpClient.connect(server.target())) {
      assertThat(client.classify("text").label()).isEqualTo("positive");
      assertThat(server.calls).hasValue(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"INVALID_ARGUMENT", "NOT_FOUND", "RESOURCE_EXHAUSTED", "INTERNAL"})
  void classify_failedOtherwise_isNotRetried(Status.Code code) {
    try (var server =
            new FakeServer((request, observer) -> observer.onError(code.toStatus().asException()));
        var client = OfframpClient.connect(server.target())) {
      assertThatThrownBy(() -> client.classify("text")).isInstanceOf(OfframpException.class);
      assertThat(server.calls).hasValue(1);
    }
  }

  @Test
  void classify_noServer_throwsUnavailableWithTargetAndCause() throws IOException {
    int unused;
    try (var socket = new ServerSocket(0)) {
      unused = socket.getLocalPort();
    }
    try (var client = OfframpClient.connect("localhost:" + unused)) {
      assertThatThrownBy(() -> client.classify("text"))
          .isInstanceOf(UnavailableException.class)
          .hasMessageStartingWith("localhost:" + unused + ": no server took the call: ")
          .hasMessageContaining("Connection refused");
    }
  }

  @Test
  void classify_noAnswerWithinDeadline_throwsDeadlineExceededAndCancels() throws Exception {
    try (var server = new FakeServer(OfframpClientTest::never);
        var client = OfframpClient.connect(server.target())) {
      assertThatThrownBy(
              () -> client.classify(Query.of("text").withDeadline(Duration.ofMillis(200))))
          .isInstanceOf(DeadlineExceededException.class)
          .hasMessageMatching(
              "no answer within 200 ms \\(" + server.target() + "(, not connected by then)?\\)");
      assertThatThrownBy(
              () -> client.classify(Query.of("text").withDeadline(Duration.ofNanos(1_000))))
          .isInstanceOf(DeadlineExceededException.class)
          .hasMessageMatching(
              "no answer within 1 µs \\(" + server.target() + "(, not connected by then)?\\)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http://localhost:7070", "nonsense://x"})
  void connect_badTarget_isRefused(String target) {
    assertThatThrownBy(() -> OfframpClient.connect(target))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "target: '" + target + "' (expected: host:port, or a target that gRPC resolves)");
  }

  @Test
  void classifyAsync_futureCancelled_cancelsTheCallOnTheServer() throws Exception {
    try (var server = new FakeServer(OfframpClientTest::never);
        var client = OfframpClient.connect(server.target())) {
      var answer = client.classifyAsync("text", Tier.FULL);
      assertThat(server.received.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(answer.cancel(false)).isTrue();
      assertThat(server.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void classifyAsync_executorOfTheBuilder_completesOnIt() throws Exception {
    var asked = new CountDownLatch(1);
    try (var server =
            new FakeServer((request, observer) -> {
              try {
                asked.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              answer(request, observer);
            });
        var executor =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().name("answers").factory());
        var client = OfframpClient.builder(server.target()).executor(executor).build()) {
      var thread =
          client.classifyAsync("text", Tier.FULL).thenApply(_ -> Thread.currentThread().getName());
      asked.countDown(); // Not before: a future that is done runs what is added where it is added.
      assertThat(thread.get(30, TimeUnit.SECONDS)).isEqualTo("answers");
    }
  }

  @Test
  void classify_threadInterrupted_throwsCancelledAndKeepsTheInterrupt() throws Exception {
    try (var server = new FakeServer(OfframpClientTest::never);
        var client = OfframpClient.connect(server.target())) {
      var thrown = new CopyOnWriteArrayList<RuntimeException>();
      var interrupted = new AtomicBoolean();
      Thread caller =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  client.classify("text");
                } catch (OfframpException e) {
                  thrown.add(e);
                  interrupted.set(Thread.currentThread().isInterrupted());
                }
              });
      assertThat(server.received.await(30, TimeUnit.SECONDS)).isTrue();
      caller.interrupt();
      caller.join();
      assertThat(thrown).singleElement().isInstanceOf(CallCancelledException.class);
      assertThat(interrupted).isTrue();
      assertThat(server.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void models_listed_returnsTiersAndCurves() {
    var models =
        ListModelsResponse.newBuilder()
            .addModels(
                Model.newBuilder()
                    .setName("sst2")
                    .setVersion("1")
                    .addLabels("negative")
                    .addLabels("positive")
                    .setLayers(6)
                    .setMaxTokens(128)
                    .addTiers(dev.offramp.v1.Tier.newBuilder().setName("full"))
                    .addTiers(
                        dev.offramp.v1.Tier.newBuilder()
                            .setName("x2")
                            .setLayerSpeedup(2.03)
                            .setAgreement(0.98))
                    .addCurves(
                        Curve.newBuilder()
                            .setSignal(dev.offramp.v1.Signal.SIGNAL_ENERGY)
                            .setTemperature(1)
                            .addPoints(CurvePoint.newBuilder().setThreshold(0.1).setMetric(0.8)))
                    .addCurves(Curve.newBuilder().setSignalValue(99)))
            .build();
    try (var server = new FakeServer(OfframpClientTest::answer, models);
        var client = OfframpClient.connect(server.target())) {
      ModelInfo model = client.models().getFirst();
      assertThat(model.labels()).containsExactly("negative", "positive");
      assertThat(model.tiers()).extracting(t -> t.tier().name()).containsExactly("full", "x2");
      assertThat(model.tiers().getLast().agreement()).isEqualTo(0.98);
      assertThat(model.tiers().getLast().layerSpeedup()).isEqualTo(2.03);
      assertThat(model.curves()).extracting(ModelInfo.Curve::signal).containsExactly(Signal.ENERGY);
    }
  }

  @Test
  void query_deadlineNotPositive_isRefused() {
    assertThatThrownBy(() -> Query.of("text").withDeadline(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("deadline: PT0S (expected: > 0)");
  }
}
