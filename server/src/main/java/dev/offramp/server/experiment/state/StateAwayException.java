package dev.offramp.server.experiment.state;

/** The database cannot be reached, or cannot be written to just now: the same may work later. */
public final class StateAwayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StateAwayException(String message, Throwable cause) {
    super(message, cause);
  }
}
