package dev.offramp.server.experiment.stats;

/** Which values of a metric are the better ones. */
public enum Goal {
  /** More is better, as of conversions. */
  HIGHER,
  /** Less is better, as of latency or disagreement. */
  LOWER
}
