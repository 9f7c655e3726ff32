package dev.offramp.client;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

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

  static OfframpException of(Throwable failure) {
    if (failure instanceof OfframpException known) {
      return known;
    }
    Status status = Status.fromThrowable(failure);
    String description = status.getDescription();
    String message =
        description == null
            ? status.getCode().name()
            : status.getCode().name() + ": " + description;
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE, FAILED_PRECONDITION ->
          new InvalidRequestException(message, failure);
      case NOT_FOUND -> new NotFoundException(message, failure);
      case RESOURCE_EXHAUSTED -> new OverloadedException(message, failure);
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
}
