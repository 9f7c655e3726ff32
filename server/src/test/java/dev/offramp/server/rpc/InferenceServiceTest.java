package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.rpc.RetryInfo;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.BrownOut;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.GatedBackend;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ColdRegistry;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitReason;
import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.InferenceServiceGrpc.InferenceServiceFutureStub;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls over loopback to a model whose layers run when the test says so. */
@Timeout(120)
class InferenceServiceTest {

  private static final BatchLimits BATCH = new BatchLimits(64, 1);

  @TempDir private Path temporary;

  private final GatedBackend backend = new GatedBackend(TestArtifacts.CONFIG.classes());
  private final Engine engine =
      new Engine(new EngineSettings(1, BATCH, Duration.ofSeconds(60)), System::nanoTime);
  private final ModelRegistry registry = ColdRegistry.of(engine, (_, _) -> backend);
  private final CallThreads threads = CallThreads.open();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private volatile LongSupplier clock = System::nanoTime;
  private CallCounts counts;
  private Server server;

  @BeforeEach
  void open() throws IOException {
    registry.load(TestArtifacts.write(temporary.resolve("a"), "sst2", "1"));
    var serving =
        TestServing.of(
            registry,
            engine,
            new BrownOut(Duration.ofSeconds(60), () -> Duration.ZERO, System::nanoTime),
            Optional.empty(),
            threads.loops()::current,
            () -> clock.getAsLong());
    var service = new InferenceService(serving, threads.longTexts());
    var services = List.of(ServerInterceptors.intercept(service.bind(), new Flow()));
    counts = new CallCounts(services);
    server = Listener.open("127.0.0.1", 0, threads, services, counts);
  }

  @AfterEach
  void close() throws InterruptedException {
    backend.openGate();
    for (ManagedChannel channel : channels) {
      channel.shutdownNow().awaitTermination(60, TimeUnit.SECONDS);
    }
    server.shutdownNow().awaitTermination(60, TimeUnit.SECONDS);
    registry.close();
    engine.close();
    threads.close(Duration.ofMinutes(1));
  }

  /** A client with a connection of its own. */
  private InferenceServiceFutureStub connect() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    channels.add(channel);
    return InferenceServiceGrpc.newFutureStub(channel);
  }

  private static ClassifyRequest full(String text) {
    return ClassifyRequest.newBuilder().setText(text).setTier("full").build();
  }

  /** Computed for itself, however many equal ones there are. */
  private static ClassifyRequest apart(String text) {
    return full(text).toBuilder().setBypassCache(true).build();
  }

  private static Status failure(ListenableFuture<?> response) {
    return refusal(response).getStatus();
  }

  private static StatusRuntimeException refusal(ListenableFuture<?> response) {
    try {
      throw new AssertionError("answered: " + response.get(60, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StatusRuntimeException refusal) {
        return refusal;
      }
      throw new AssertionError(e);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What was sent before on the same connection has been offered by then. */
  private static void sync(InferenceServiceFutureStub client) {
    Status status = failure(client.classify(full("a").toBuilder().setModel("none").build()));
    assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void classify_anotherConnectionFloods_hasItsTurnBeforeMostOfIts() throws Exception {
    InferenceServiceFutureStub flood = connect();
    var flooding = new ArrayList<ListenableFuture<ClassifyResponse>>();
    for (int i = 0; i < 50; i++) {
      flooding.add(flood.classify(apart("a film")));
    }
    sync(flood);
    InferenceServiceFutureStub quiet = connect();
    ListenableFuture<ClassifyResponse> one = quiet.classify(apart("a good film"));
    sync(quiet);
    backend.gate.release(10 * TestArtifacts.CONFIG.layers()); // As much as ten texts take.
    assertThat(one.get(60, TimeUnit.SECONDS).getExitDepth())
        .isEqualTo(TestArtifacts.CONFIG.layers());
    assertThat(flooding.stream().filter(ListenableFuture::isDone)).hasSizeLessThan(10);
  }

  @Test
  void classify_answerCannotBeMade_endsAsAFaultOfTheServer() {
    ListenableFuture<ClassifyResponse> response = connect().classify(full("a film"));
    backend.arrived.acquireUninterruptibly();
    clock =
        () -> {
          throw new StackOverflowError("on purpose");
        };
    backend.openGate();
    Status status = failure(response);
    assertThat(status.getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(status.getDescription()).contains("its log says how").doesNotContain("on purpose");
  }

  /** Takes all the room of long texts, as many connections would, until the gate opens. */
  private void fillLongTexts(CountDownLatch gate) {
    assertThatThrownBy(
            () -> {
              while (true) {
                threads
                    .longTexts()
                    .run(new Object(), Listener.MOST_MESSAGE_BYTES, () -> await(gate));
              }
            })
        .isInstanceOf(Refusal.class);
  }

  @Test
  void classify_longTextsHaveTakenTheirRoom_isRefusedAndShortOnesAreNot() throws Exception {
    var gate = new CountDownLatch(1);
    ClassifyRequest cut = full("long ".repeat(50_000)).toBuilder().setTruncate(true).build();
    try {
      fillLongTexts(gate);
      InferenceServiceFutureStub client = connect();
      StatusRuntimeException refusal = refusal(client.classify(cut));
      assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refusal.getStatus().getDescription()).contains("too many long texts");
      assertThat(StatusProto.fromThrowable(refusal).getDetails(0).unpack(RetryInfo.class))
          .isNotEqualTo(RetryInfo.getDefaultInstance());
      Awaitility.await()
          .untilAsserted(
              () -> assertThat(counts.refused()).containsEntry(Refusal.Cause.LONG_TEXTS, 1L));
      backend.openGate();
      assertThat(client.classify(full("short")).get(60, TimeUnit.SECONDS).getLabel()).isNotEmpty();
    } finally {
      gate.countDown();
    }
    InferenceServiceFutureStub client = connect();
    Awaitility.await()
        .ignoreExceptions()
        .until(() -> client.classify(cut).get(60, TimeUnit.SECONDS).getTruncated());
  }

  @Test
  void classify_longTextWaitedForItsTurn_hasWhatIsLeftOfItsDeadline() throws Exception {
    var gate = new CountDownLatch(1);
    int cpus = Runtime.getRuntime().availableProcessors();
    for (int thread = 0; thread < cpus; thread++) {
      threads.longTexts().run(new Object(), 1, () -> await(gate));
    }
    long late = Duration.ofSeconds(200).toNanos();
    var arrived = new CountDownLatch(1);
    clock =
        () -> {
          arrived.countDown();
          return System.nanoTime() - late;
        };
    ListenableFuture<ClassifyResponse> response =
        connect()
            .withDeadlineAfter(100, TimeUnit.SECONDS)
            .classify(full("long ".repeat(2_000)).toBuilder().setTruncate(true).build());
    arrived.await();
    clock = System::nanoTime; // As if it had waited for longer than what is left now.
    backend.openGate();
    gate.countDown();
    ClassifyResponse answer = response.get(60, TimeUnit.SECONDS);
    assertThat(answer.getExitReason()).isEqualTo(ExitReason.EXIT_REASON_LAST_EXIT);
  }

  private static void await(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
