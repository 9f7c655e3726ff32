package dev.offramp.server.experiment.state;

/** The database is there and none that this server can use; the message says what to do. */
public final class StateFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StateFormatException(String message, Throwable cause) {
    super(message, cause);
  }

  StateFormatException(String message) {
    super(message);
  }
}
