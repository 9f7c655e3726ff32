package dev.offramp.client;

/** The call was cancelled, here or by an interrupt of the calling thread. */
public final class CallCancelledException extends OfframpException {

  private static final long serialVersionUID = 1;

  CallCancelledException(String message, Throwable cause) {
    super(message, cause);
  }
}
