package dev.offramp.server.engine;

/** A kernel that failed. A fault of the server or its artifact, never of a request. */
public final class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A kernel that failed with this message. */
  public KernelException(String message) {
    super(message);
  }

  /** A kernel that could not be called. */
  public KernelException(String message, Throwable cause) {
    super(message, cause);
  }
}
