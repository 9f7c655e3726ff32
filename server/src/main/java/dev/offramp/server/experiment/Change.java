package dev.offramp.server.experiment;

/**
 * Who wants a change, and why.
 *
 * @param expectedVersion the version that it is about; 0 for whichever there is
 * @param who a claim, not a proof
 */
public record Change(long expectedVersion, String who, String why) {
  /** Checks that both are said. */
  public Change {
    Checks.text("who", who);
    Checks.text("why", why);
    if (expectedVersion < 0) {
      throw new IllegalArgumentException(
          "expected_version: %d (expected: >= 0)".formatted(expectedVersion));
    }
  }
}
