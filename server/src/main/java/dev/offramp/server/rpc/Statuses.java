package dev.offramp.server.rpc;

import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import dev.offramp.server.engine.BatchFailure;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.refusal.Refusal;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The one place where errors become gRPC statuses. */
final class Statuses {

  private static final Logger log = LogManager.getLogger(Statuses.class);

  /** As gRPC calls it, in all languages. */
  private static final Metadata.Key<com.google.rpc.Status> DETAILS =
      Metadata.Key.of(
          "grpc-status-details-bin",
          ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));

  /**
   * The status of an error. What is no refusal is a fault of the server: it is logged here, and its
   * details stay here. A refusal is the status' cause, which is not sent, for those who count.
   */
  static StatusRuntimeException of(Throwable error) {
    if (error instanceof Refusal refusal) {
      Status status =
          switch (refusal.reason()) {
            case INVALID -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case PRECONDITION -> Status.FAILED_PRECONDITION;
            case OVERLOADED -> Status.RESOURCE_EXHAUSTED;
            case DEADLINE -> Status.DEADLINE_EXCEEDED;
            case AWAY, CLOSING -> Status.UNAVAILABLE;
          };
      return new Traceless(
          status.withDescription(refusal.getMessage()).withCause(refusal),
          details(status, refusal));
    }
    if (error instanceof StateAwayException) {
      return of(Refusal.of(Refusal.Cause.STATE_AWAY, error.getMessage() + " (try again later)"));
    }
    log.error("A request failed", error);
    return failed(error);
  }

  /** What clients read beside the status: when to retry, if that is known. */
  private static @Nullable Metadata details(Status status, Refusal refusal) {
    if (!refusal.retryAfter().isPositive()) {
      return null;
    }
    var retry =
        RetryInfo.newBuilder()
            .setRetryDelay(
                com.google.protobuf.Duration.newBuilder()
                    .setSeconds(refusal.retryAfter().toSeconds())
                    .setNanos(refusal.retryAfter().toNanosPart()));
    var trailers = new Metadata();
    trailers.put(
        DETAILS,
        com.google.rpc.Status.newBuilder()
            .setCode(status.getCode().value())
            .setMessage(String.valueOf(refusal.getMessage()))
            .addDetails(Any.pack(retry.build()))
            .build());
    return trailers;
  }

  /**
   * Refusals are many when there is too much to do, and walking a stack as deep as a connection's
   * would be a good part of what one costs.
   */
  private static final class Traceless extends StatusRuntimeException {
    private static final long serialVersionUID = 1L;

    Traceless(Status status, @Nullable Metadata trailers) {
      super(status, trailers);
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }

  /** The status of a fault that was logged where it happened. */
  static StatusRuntimeException failed(Throwable cause) {
    String where = cause instanceof BatchFailure failure ? " as error " + failure.id() : "";
    return Status.INTERNAL
        .withDescription("the server failed (its log says how" + where + ")")
        .asRuntimeException();
  }

  private Statuses() {}
}
