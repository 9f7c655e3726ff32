package dev.offramp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What callers hear of requests that get no answer, beyond the kind of it. */
class RefusalsTest {

  private static OverloadedException refused(Any... details) {
    var status = Status.newBuilder().setCode(Code.RESOURCE_EXHAUSTED_VALUE).setMessage("full");
    for (Any detail : details) {
      status.addDetails(detail);
    }
    try (var server =
            new FakeServer((_, observer) ->
                observer.onError(StatusProto.toStatusRuntimeException(status.build())));
        var client = OfframpClient.connect(server.target())) {
      return catchThrowableOfType(OverloadedException.class, () -> client.classify("text"));
    }
  }

  @Test
  void overloaded_serverSaysWhenToRetry_isHandedOn() {
    var delay = com.google.protobuf.Duration.newBuilder().setSeconds(2).setNanos(5_000_000);
    assertThat(refused(Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build())).retryAfter())
        .contains(Duration.ofMillis(2_005));
  }

  @Test
  void overloaded_serverDoesNotSay_isEmpty() {
    assertThat(refused().retryAfter()).isEmpty();
    assertThat(refused(Any.pack(Status.getDefaultInstance())).retryAfter()).isEmpty();
  }

  /** Cut short on its way. */
  @Test
  void overloaded_whatItSaysCannotBeRead_isEmpty() {
    Any cut =
        Any.pack(RetryInfo.getDefaultInstance()).toBuilder()
            .setValue(com.google.protobuf.ByteString.copyFrom(new byte[] {10, 9, 1}))
            .build();
    assertThat(refused(cut).retryAfter()).isEmpty();
  }

  /** Else callers would send it again and again. */
  @Test
  void classify_messageThatIsTooLarge_isNoOverload() {
    try (var server = new FakeServer((_, _) -> {});
        var client = OfframpClient.connect(server.target())) {
      assertThatThrownBy(() -> client.classify("a".repeat(5 << 20)))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("exceeds maximum size");
    }
  }

  /** A server that has no experiments at all would refuse whatever is sent. */
  @Test
  void reportOutcome_ofARequestInNoExperiment_sendsNothing() {
    try (var server =
            new FakeServer((request, observer) -> {
              observer.onNext(dev.offramp.v1.ClassifyResponse.getDefaultInstance());
              observer.onCompleted();
            });
        var client = OfframpClient.connect(server.target())) {
      Answer answer = client.classify("text");
      assertThat(answer.requestId()).isEmpty();
      assertThatCode(() -> client.reportOutcome(Outcome.of(answer, "conversion", 1)))
          .doesNotThrowAnyException();
      assertThatThrownBy(() -> client.reportOutcome(Outcome.ofUnit("u", "conversion", 1)))
          .isInstanceOf(ServerErrorException.class);
    }
  }
}
