package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.ListModelsResponse;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class InFlightTest {

  /** A call that takes everything and does nothing. */
  private static final class Silent extends ServerCall<ListModelsRequest, ListModelsResponse> {
    final List<StatusRuntimeException> closed = new ArrayList<>();

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(ListModelsResponse message) {}

    @Override
    public void close(Status status, Metadata trailers) {
      closed.add(new StatusRuntimeException(status, trailers));
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<ListModelsRequest, ListModelsResponse> getMethodDescriptor() {
      return InferenceServiceGrpc.getListModelsMethod();
    }
  }

  @Test
  void interceptCall_endedOrNeverStarted_isNotCounted() {
    var inFlight = new InFlight();
    var listener =
        inFlight.interceptCall(
            new Silent(), new Metadata(), (call, headers) -> new ServerCall.Listener<>() {});
    assertThat(inFlight.count()).isEqualTo(1);
    listener.onComplete();
    assertThat(inFlight.count()).isZero();

    assertThatThrownBy(() ->
            inFlight.interceptCall(
                new Silent(),
                new Metadata(),
                (call, headers) -> {
                  throw new IllegalStateException("no call on purpose");
                }))
        .hasMessage("no call on purpose");
    assertThat(inFlight.count()).isZero();
  }

  @Test
  void upTo_asManyUnderWay_refusesMoreUntilOneEnds() throws Exception {
    var inFlight = new InFlight();
    var bounded = inFlight.upTo(2);
    var first = bounded.interceptCall(new Silent(), new Metadata(), InFlightTest::taken);
    var other = inFlight.interceptCall(new Silent(), new Metadata(), InFlightTest::taken);
    var refused = new Silent();
    bounded.interceptCall(refused, new Metadata(), InFlightTest::taken).onCancel();
    assertThat(inFlight.count()).isEqualTo(2);
    assertThat(refused.closed)
        .singleElement()
        .satisfies(e -> {
          assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
          assertThat(e.getStatus().getDescription()).contains("2 calls").contains("retry");
          assertThat(Objects.requireNonNull(StatusProto.fromThrowable(e)).getDetails(0))
              .isEqualTo(
                  Any.pack(
                      RetryInfo.newBuilder()
                          .setRetryDelay(Durations.fromMillis(ClassifyCall.LEAST_RETRY.toMillis()))
                          .build()));
        });

    first.onComplete();
    var next = new Silent();
    bounded.interceptCall(next, new Metadata(), InFlightTest::taken).onCancel();
    other.onComplete();
    assertThat(next.closed).isEmpty();
    assertThat(inFlight.count()).isZero();
  }

  private static ServerCall.Listener<ListModelsRequest> taken(
      ServerCall<ListModelsRequest, ListModelsResponse> call, Metadata headers) {
    return new ServerCall.Listener<>() {};
  }
}
