package dev.offramp.server.engine;

/**
 * What became of the texts of a batch that failed. The log tells of the same number, with the
 * cause.
 */
public final class BatchFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String id;

  BatchFailure(String id, Throwable cause) {
    super("a batch failed (error " + id + "): " + cause, cause);
    this.id = id;
  }

  /** What the failure is called in the log. */
  public String id() {
    return id;
  }
}
