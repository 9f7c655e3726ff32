package dev.offramp.client;

/** The server failed; its log says how. The request is not at fault. */
public final class ServerErrorException extends OfframpException {

  private static final long serialVersionUID = 1;

  ServerErrorException(String message, Throwable cause) {
    super(message, cause);
  }
}
