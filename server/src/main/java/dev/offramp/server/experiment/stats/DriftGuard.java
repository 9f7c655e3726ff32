package dev.offramp.server.experiment.stats;

/**
 * Whether a tier still keeps what its certificate promises: audits against the certified risk.
 *
 * @param eps the greatest disagreement that was certified, above 0 and below 1
 * @param alpha the probability with which a tier that keeps it ever raises an alarm
 */
public record DriftGuard(double eps, double alpha) {
  /** More audits than that are not looked for. */
  public static final int MOST_AUDITS = 100_000;

  /** Checks both. */
  public DriftGuard {
    if (!(eps > 0 && eps < 1)) {
      throw new IllegalArgumentException("eps: %s (expected: > 0 and < 1)".formatted(eps));
    }
    Checked.alpha(alpha);
  }

  /** Whether the lower confidence bound of the disagreement has passed {@code eps}. */
  public boolean isBroken(long audits, long disagreements) {
    return Betting.logEvidenceAbove(Tally.ofRate(audits, disagreements), eps) >= -Math.log(alpha);
  }

  /**
   * Within how many audits an alarm is raised with a probability of {@code sure}, if the true
   * disagreement is {@code rate}. Exact, from the distribution of the count that raised none yet.
   *
   * @param rate the true disagreement, above {@code eps}
   * @param sure such as 0.9
   * @throws IllegalArgumentException also if {@value #MOST_AUDITS} audits are not enough
   */
  public int auditsToAlarm(double rate, double sure) {
    if (!(rate > eps && rate <= 1)) {
      throw new IllegalArgumentException(
          "rate: %s (expected: above eps, %s, at most 1)".formatted(rate, eps));
    }
    if (!(sure > 0 && sure < 1)) {
      throw new IllegalArgumentException("sure: %s (expected: > 0 and < 1)".formatted(sure));
    }
    var silent = new double[] {1}; // By disagreements: the probability of no alarm so far.
    int enough = 1; // The least disagreements that raise one.
    for (int n = 1; n <= MOST_AUDITS; n++) {
      while (enough <= n && !isBroken(n, enough)) {
        enough++;
      }
      var next = new double[Math.min(enough, silent.length + 1)];
      double left = 0;
      for (int ones = 0; ones < next.length; ones++) {
        next[ones] =
            (ones < silent.length ? silent[ones] * (1 - rate) : 0)
                + (ones > 0 ? silent[ones - 1] * rate : 0);
        left += next[ones];
      }
      if (left <= 1 - sure) {
        return n;
      }
      silent = next;
    }
    throw new IllegalArgumentException(
        "rate: %s (expected: farther above eps, %s, than %,d audits can tell)"
            .formatted(rate, eps, MOST_AUDITS));
  }
}
