package dev.offramp.server.audit;

import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.stats.Interval;
import java.util.Optional;

/**
 * How a tier fares on live traffic.
 *
 * @param disagreement what its disagreement with the full model can be, at every look but with
 *     probability {@value #ALPHA}
 * @param drift whether audits refute its certificate, and what is done about it
 */
public record TierHealth(TierAudits audits, Interval disagreement, Optional<Drift> drift) {

  /** The probability with which an interval is ever wrong. */
  public static final double ALPHA = 0.05;

  /** Of a tier without audits. */
  public static final TierHealth UNKNOWN =
      new TierHealth(TierAudits.NONE, new Interval(0, 1), Optional.empty());

  /** Whether audits refute its certificate. */
  public boolean alarm() {
    return drift.isPresent();
  }
}
