package dev.offramp.client;

/** The request can never succeed: a text too long, a threshold out of range. Do not retry. */
public final class InvalidRequestException extends OfframpException {

  private static final long serialVersionUID = 1;

  InvalidRequestException(String message, Throwable cause) {
    super(message, cause);
  }
}
