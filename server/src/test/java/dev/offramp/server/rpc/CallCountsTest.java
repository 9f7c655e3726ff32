package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.rpc.CallCounts.Ended;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls over loopback. */
@Timeout(60)
class CallCountsTest {
  private static final String CHECK = "grpc.health.v1.Health/Check";

  private final CallThreads threads = CallThreads.open();
  private CallCounts counts;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void open() throws IOException {
    var services = List.of(new HealthStatusManager().getHealthService().bindService());
    counts = new CallCounts(services);
    server = Listener.open("127.0.0.1", 0, threads, services, counts);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void close() throws InterruptedException {
    channel.shutdownNow().awaitTermination(60, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination(60, TimeUnit.SECONDS);
    threads.close(Duration.ofMinutes(1));
  }

  private HealthCheckResponse check(String service) {
    return HealthGrpc.newBlockingStub(channel)
        .check(HealthCheckRequest.newBuilder().setService(service).build());
  }

  /** A caller may hear of its call's end before the server does. */
  private void awaitEnded(Ended... ended) {
    await().untilAsserted(() -> assertThat(counts.ended()).containsExactly(ended));
  }

  @Test
  void ended_noCalls_isEmpty() {
    assertThat(counts.ended()).isEmpty();
  }

  @Test
  void refused_noCalls_hasAllCauses() {
    assertThat(counts.refused()).containsOnlyKeys(Refusal.Cause.values());
    assertThat(counts.refused().values()).containsOnly(0L);
  }

  @Test
  void refused_statusOfARefusal_isCountedByItsCause() {
    var tracer = counts.newServerStreamTracer(CHECK, new Metadata());
    tracer.streamClosed(Statuses.of(Refusal.of(Refusal.Cause.WAIT, "on purpose")).getStatus());
    tracer.streamClosed(Statuses.of(Refusal.notFound("on purpose")).getStatus());
    tracer.streamClosed(Status.RESOURCE_EXHAUSTED.withDescription("by gRPC itself"));
    assertThat(counts.refused()).containsEntry(Refusal.Cause.WAIT, 1L);
    assertThat(counts.refused().values()).containsOnlyOnce(1L).containsOnly(0L, 1L);
  }

  @Test
  void ended_callsThatSucceedAndFail_areCountedApart() {
    var _ = check("");
    var _ = check("");
    assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(() -> check("none such"));
    awaitEnded(new Ended(CHECK, Status.Code.OK, 2), new Ended(CHECK, Status.Code.NOT_FOUND, 1));
  }

  @Test
  void ended_callerGivesUp_isCountedAsCancelled() {
    Context.CancellableContext context = Context.current().withCancellation();
    context.run(() -> {
      var updates =
          HealthGrpc.newBlockingStub(channel).watch(HealthCheckRequest.getDefaultInstance());
      assertThat(updates.next().getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    });
    context.cancel(null);
    awaitEnded(new Ended("grpc.health.v1.Health/Watch", Status.Code.CANCELLED, 1));
  }

  /** However many names a caller thinks of, they are one. */
  @Test
  void ended_methodsThatThereAreNot_areOne() {
    for (int i = 0; i < 3; i++) {
      MethodDescriptor<HealthCheckRequest, HealthCheckResponse> none =
          HealthGrpc.getCheckMethod().toBuilder().setFullMethodName("offramp.None/M" + i).build();
      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() ->
              ClientCalls.blockingUnaryCall(
                  channel, none, CallOptions.DEFAULT, HealthCheckRequest.getDefaultInstance()));
    }
    awaitEnded(new Ended(CallCounts.UNKNOWN, Status.Code.UNIMPLEMENTED, 3));
  }
}
