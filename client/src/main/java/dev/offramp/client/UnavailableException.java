package dev.offramp.client;

/** No server could be reached, after the client retried. Retrying is safe. */
public final class UnavailableException extends OfframpException {

  private static final long serialVersionUID = 1;

  UnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
