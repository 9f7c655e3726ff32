package dev.offramp.server.experiment.stats;

/**
 * Two tiers scored on the same audited texts: on how many only one of them erred. Both losses are 0
 * or 1, so their difference is -1, 0 or 1, and the counts say all that bets on it need.
 *
 * @param n texts audited
 * @param more on which the second tier's loss was 1 and the first one's 0
 * @param less on which it was the other way round
 */
public record PairedTally(long n, long more, long less) {
  /** Checks the counts. */
  public PairedTally {
    Checked.count("more", more);
    Checked.count("less", less);
    if (more + less > n) {
      throw new IllegalArgumentException(
          "more and less: %d and %d (expected: together at most n, %d)".formatted(more, less, n));
    }
  }

  /** Both together. */
  public PairedTally plus(PairedTally other) {
    return new PairedTally(n + other.n, more + other.more, less + other.less);
  }

  /** The second tier's loss less the first one's, mean over the texts; 0 of none. */
  public double estimate() {
    return n == 0 ? 0 : (more - less) / (double) n;
  }

  /** What the true difference can be; holds at every look but with probability {@code alpha}. */
  public Interval interval(double alpha) {
    Interval middled = Betting.interval(middled(), alpha);
    return new Interval(2 * middled.low() - 1, 2 * middled.high() - 1);
  }

  /** A bound below which the true difference is at no look but with probability {@code alpha}. */
  public double lower(double alpha) {
    return 2 * Betting.lower(middled(), alpha) - 1;
  }

  /** A bound above which the true difference is at no look but with probability {@code alpha}. */
  public double upper(double alpha) {
    return 2 * Betting.upper(middled(), alpha) - 1;
  }

  /**
   * Whether {@link #interval} leaves 0 out: 1 if it lies above, -1 if below, else 0. Costs less.
   */
  public int sign(double alpha) {
    double enough = -Math.log(Checked.alpha(alpha) / 2);
    if (more >= less) {
      return Betting.logEvidenceAbove(middled(), 0.5) >= enough ? 1 : 0;
    }
    return Betting.logEvidenceBelow(middled(), 0.5) >= enough ? -1 : 0;
  }

  private Tally middled() {
    return new Tally(less, n - more - less, more);
  }
}
