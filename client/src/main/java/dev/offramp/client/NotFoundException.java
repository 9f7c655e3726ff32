package dev.offramp.client;

/** The server knows no such model, version or tier; the message lists those that it knows. */
public final class NotFoundException extends OfframpException {

  private static final long serialVersionUID = 1;

  NotFoundException(String message, Throwable cause) {
    super(message, cause);
  }
}
