package dev.offramp.server.experiment;

/** Where an experiment is in its life. */
public enum ExperimentState {
  /** Defined; no request knows of it. */
  DRAFT,
  /** Requests are given its arms. */
  RUNNING,
  /** Requests are answered as asked; units keep their arms. */
  PAUSED,
  /** Over. */
  STOPPED,
  /** Over, and its winner is applied. */
  PROMOTED;

  /** Whether it may go there from here. */
  public boolean leadsTo(ExperimentState next) {
    return switch (this) {
      case DRAFT -> next == RUNNING || next == STOPPED;
      case RUNNING -> next == PAUSED || next == STOPPED || next == PROMOTED;
      case PAUSED -> next == RUNNING || next == STOPPED || next == PROMOTED;
      case PROMOTED -> next == STOPPED;
      case STOPPED -> false;
    };
  }

  /** Whether it has ended: nothing is counted any more. */
  public boolean isOver() {
    return this == STOPPED || this == PROMOTED;
  }

  /** Whether it has units, or will again: what it asks cannot change. */
  public boolean isUnderWay() {
    return this == RUNNING || this == PAUSED;
  }
}
