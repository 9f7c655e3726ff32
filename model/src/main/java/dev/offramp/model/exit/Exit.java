package dev.offramp.model.exit;

/**
 * Where a text left, and why.
 *
 * @param depth layers executed, from 1
 * @param reason why there
 */
public record Exit(int depth, Reason reason) {
  /** Why a text left where it did. */
  public enum Reason {
    /** Its exit rule said so. */
    RULE,
    /** No internal exit was sure enough; the last exit always answers. */
    LAST_EXIT
  }
}
