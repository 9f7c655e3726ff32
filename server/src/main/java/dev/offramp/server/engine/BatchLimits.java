package dev.offramp.server.engine;

/**
 * How much a worker takes at once. A text longer than the token budget makes a batch of its own.
 *
 * @param tokens token budget
 * @param sequences texts at most
 */
public record BatchLimits(int tokens, int sequences) {

  /** Checks both. */
  public BatchLimits {
    if (tokens < 1 || sequences < 1) {
      throw new IllegalArgumentException(
          "batch: " + tokens + " tokens, " + sequences + " texts (expected: >= 1 of each)");
    }
  }
}
