package dev.offramp.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server has more work than it queues. Retry later, after {@link #retryAfter} where it says so,
 * or take a faster tier.
 */
public final class OverloadedException extends OfframpException {

  private static final long serialVersionUID = 1;

  private final @Nullable Duration retryAfter;

  OverloadedException(String message, Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter(cause);
  }

  /**
   * How long the server asks to wait before the request is sent again; empty if it does not say.
   */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  private static @Nullable Duration retryAfter(Throwable cause) {
    Status status = StatusProto.fromThrowable(cause);
    if (status == null) {
      return null;
    }
    for (Any detail : status.getDetailsList()) {
      if (detail.is(RetryInfo.class)) {
        try {
          var delay = detail.unpack(RetryInfo.class).getRetryDelay();
          return Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        } catch (InvalidProtocolBufferException | ArithmeticException e) {
          return null; // What cannot be read says nothing.
        }
      }
    }
    return null;
  }
}
