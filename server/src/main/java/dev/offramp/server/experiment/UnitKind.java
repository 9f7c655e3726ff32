package dev.offramp.server.experiment;

/** What is split over the arms. */
public enum UnitKind {
  /** What requests call their unit. */
  UNIT,
  /** Each request by itself. */
  REQUEST
}
