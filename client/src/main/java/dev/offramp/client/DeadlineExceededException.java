package dev.offramp.client;

/** The deadline passed before the answer arrived. */
public final class DeadlineExceededException extends OfframpException {

  private static final long serialVersionUID = 1;

  DeadlineExceededException(String message, Throwable cause) {
    super(message, cause);
  }
}
