package dev.offramp.client;

/**
 * No server could be reached. Classifying and reporting were tried again, and may be once more; of
 * a change to a server or an experiment it is not known whether it was made: look before it is
 * asked for again.
 */
public final class UnavailableException extends OfframpException {

  private static final long serialVersionUID = 1;

  UnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
