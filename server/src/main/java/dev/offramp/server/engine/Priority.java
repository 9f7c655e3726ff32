package dev.offramp.server.engine;

/** Who goes first of those who wait for a worker. Once a text has started, all are alike. */
public enum Priority {
  /** Before all others. */
  HIGH,
  /** Of those who do not say. */
  NORMAL,
  /** When nobody else waits. */
  LOW,
  /**
   * For nobody: when not even those wait, or once there are many of them; in batches of their own.
   */
  AUDIT
}
