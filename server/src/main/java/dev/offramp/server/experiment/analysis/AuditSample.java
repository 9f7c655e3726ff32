package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.stats.Betting;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.PairedTally;
import dev.offramp.server.experiment.stats.Tally;

/**
 * How often one arm's requests get another label than from the full model, as audits found. Where
 * audits scored both arms on the same texts, differences are of these pairs, which need far fewer
 * texts; else of each arm's own, each of which takes half of an error's probability. All intervals
 * are exact.
 *
 * <p>Threading: immutable.
 *
 * @param audits the arm's own
 * @param pairs texts on which both the first arm and this one were scored
 */
record AuditSample(Tally audits, PairedTally pairs) implements Sample<AuditSample> {

  @Override
  public long n() {
    return audits.n();
  }

  @Override
  public double value() {
    return audits.mean();
  }

  @Override
  public Interval interval(double alpha) {
    return Betting.interval(audits, alpha);
  }

  private boolean isPaired() {
    return pairs.n() > 0;
  }

  @Override
  public long compared(AuditSample first) {
    return isPaired() ? pairs.n() : n() + first.n();
  }

  @Override
  public double less(AuditSample first) {
    return isPaired() ? pairs.estimate() : value() - first.value();
  }

  @Override
  public Interval minus(AuditSample first, double alpha) {
    return isPaired()
        ? pairs.interval(alpha)
        : interval(alpha / 2).minus(first.interval(alpha / 2));
  }

  @Override
  public double lowerMinus(AuditSample first, double alpha) {
    return isPaired()
        ? pairs.lower(alpha)
        : Betting.lower(audits, alpha / 2) - Betting.upper(first.audits, alpha / 2);
  }

  @Override
  public double upperMinus(AuditSample first, double alpha) {
    return isPaired()
        ? pairs.upper(alpha)
        : Betting.upper(audits, alpha / 2) - Betting.lower(first.audits, alpha / 2);
  }
}
