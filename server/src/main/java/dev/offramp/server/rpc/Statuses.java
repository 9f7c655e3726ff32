package dev.offramp.server.rpc;

import dev.offramp.server.refusal.Refusal;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The one place where errors become gRPC statuses. */
final class Statuses {

  private static final Logger log = LogManager.getLogger(Statuses.class);

  /**
   * The status of an error. What is no refusal is a fault of the server: it is logged here, and its
   * details stay here.
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
            case CLOSING -> Status.UNAVAILABLE;
          };
      return status.withDescription(refusal.getMessage()).asRuntimeException();
    }
    log.error("A request failed", error);
    return failed();
  }

  /** The status of a fault that was logged where it happened. */
  static StatusRuntimeException failed() {
    return Status.INTERNAL
        .withDescription("the server failed (its log says how)")
        .asRuntimeException();
  }

  private Statuses() {}
}
