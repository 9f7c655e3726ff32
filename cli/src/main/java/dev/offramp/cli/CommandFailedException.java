package dev.offramp.cli;

/** A command that could not do what it was asked for; the message says why and what to do. */
public final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure for the reason {@code message}. */
  public CommandFailedException(String message) {
    super(message);
  }
}
