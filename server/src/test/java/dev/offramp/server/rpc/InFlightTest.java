package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.ListModelsResponse;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import org.junit.jupiter.api.Test;

class InFlightTest {

  /** A call that takes everything and does nothing. */
  private static final class Silent extends ServerCall<ListModelsRequest, ListModelsResponse> {
    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(ListModelsResponse message) {}

    @Override
    public void close(Status status, Metadata trailers) {}

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
}
