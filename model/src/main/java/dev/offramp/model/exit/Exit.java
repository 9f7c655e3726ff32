package dev.offramp.model.exit;

/**
 * Where a text left, and why.
 *
 * @param depth layers executed, from 1
 * @param reason why there
 */
public record Exit(int depth, Reason reason) {
  /** Checks the depth. */
  public Exit {
    if (depth < 1) {
      throw new IllegalArgumentException("depth: " + depth + " (expected: >= 1)");
    }
  }

  /** Why a text left where it did. */
  public enum Reason {
    /** Its exit rule said so. */
    RULE,
    /** No internal exit was sure enough; the last exit always answers. */
    LAST_EXIT,
    /** There was no time for another layer; it is no exit that its rule asked for. */
    DEADLINE
  }
}
