package dev.offramp.server.experiment.stats;

/** What an experiment says of an arm against the one that it is compared with. */
public enum Verdict {
  /** The arm is better: no difference is refuted on that side. */
  BETTER,
  /** The arm is worse. */
  WORSE,
  /** Whatever the difference is, it is within the margin that does not matter. */
  NO_DIFFERENCE,
  /** Nothing is settled yet. */
  KEEP_GOING
}
