package dev.offramp.client;

/** The server has more work than it queues. Retry later, with back-off, or take a faster tier. */
public final class OverloadedException extends OfframpException {

  private static final long serialVersionUID = 1;

  OverloadedException(String message, Throwable cause) {
    super(message, cause);
  }
}
