package dev.offramp.client;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call that did not get an answer. There is one subclass for each thing that a caller may do
 * about it; the cause is gRPC's {@link StatusRuntimeException}.
 */
public abstract sealed class OfframpException extends RuntimeException
    permits InvalidRequestException,
        NotFoundException,
        OverloadedException,
        DeadlineExceededException,
        CallCancelledException,
        UnavailableException,
        ServerErrorException {

  private static final long serialVersionUID = 1;

  OfframpException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Says what became of a call.
   *
   * @param target whom it went to
   * @param deadline how long it was given
   */
  static OfframpException of(Throwable failure, String target, Duration deadline) {
    if (failure instanceof OfframpException known) {
      return known;
    }
    Status status = Status.fromThrowable(failure);
    String message = message(status, target, deadline);
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE, FAILED_PRECONDITION ->
          new InvalidRequestException(message, failure);
      case NOT_FOUND -> new NotFoundException(message, failure);
      // gRPC itself says so of a message that is too large, however often it comes.
      case RESOURCE_EXHAUSTED ->
          message.contains("exceeds maximum size")
              ? new InvalidRequestException(message, failure)
              : new OverloadedException(message, failure);
      case DEADLINE_EXCEEDED -> new DeadlineExceededException(message, failure);
      case CANCELLED -> new CallCancelledException(message, failure);
      case UNAVAILABLE -> new UnavailableException(message, failure);
      case OK,
          UNKNOWN,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          ABORTED,
          UNIMPLEMENTED,
          INTERNAL,
          DATA_LOSS,
          UNAUTHENTICATED ->
          new ServerErrorException(message, failure);
    };
  }

  private static String message(Status status, String target, Duration deadline) {
    String description = status.getDescription();
    return switch (status.getCode()) {
      case UNAVAILABLE -> target + ": no server took the call" + why(status);
      case DEADLINE_EXCEEDED ->
          "no answer within " + text(deadline) + " (" + target + where(description) + ")";
      default ->
          description == null
              ? status.getCode().name()
              : status.getCode().name() + ": " + description;
    };
  }

  /**
   * What the server said, or else the first cause: gRPC itself says no more than "io exception".
   */
  private static String why(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause != null) {
      String message = cause.getMessage();
      return ": " + (message == null ? cause.getClass().getSimpleName() : message);
    }
    return status.getDescription() == null ? "" : ": " + status.getDescription();
  }

  /**
   * What the server said of a deadline, or what to conclude where gRPC reports on its own state.
   */
  private static String where(@Nullable String description) {
    if (description == null) {
      return "";
    }
    if (description.contains("connecting") || description.contains("waiting_for_connection")) {
      return ", not connected by then";
    }
    boolean local =
        description.contains("deadline exceeded after") || description.contains("CallOptions");
    return local ? "" : ": " + description;
  }

  private static String text(Duration duration) {
    if (duration.toNanosPart() == 0) {
      return duration.toSeconds() + " s";
    }
    return duration.toNanosPart() % 1_000_000 == 0
        ? duration.toMillis() + " ms"
        : duration.toNanos() / 1_000 + " µs";
  }
}
