package dev.offramp.cli.load;

/** What became of a call that was sent. */
public enum Outcome {
  /** There is an answer. */
  ANSWERED,
  /** The server has more work than it queues. */
  REJECTED,
  /** No answer within the call's deadline. */
  DEADLINE_EXCEEDED,
  /** No server took the call. */
  UNAVAILABLE,
  /** The server refused the request, such as for a text that is too long. */
  INVALID,
  /** The server has no such model or tier. */
  NOT_FOUND,
  /** A fault of the server. */
  SERVER_ERROR,
  /** The call was cancelled. */
  CANCELLED,
  /** A failure that is none of the client's kinds. */
  OTHER,
  /** Nothing came back before the run was over. */
  UNFINISHED;

  /** Whether it is a failure that is neither the server's overload nor a matter of time. */
  public boolean isFailure() {
    return switch (this) {
      case ANSWERED, REJECTED, DEADLINE_EXCEEDED -> false;
      case UNAVAILABLE, INVALID, NOT_FOUND, SERVER_ERROR, CANCELLED, OTHER, UNFINISHED -> true;
    };
  }
}
