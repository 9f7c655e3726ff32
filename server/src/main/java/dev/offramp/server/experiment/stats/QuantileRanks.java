package dev.offramp.server.experiment.stats;

/*
 * Of n observations at or below the p-quantile there are about p n: each is, or is not, with
 * probability p at least. So a bet on a known coin tells which counts are still believable, at every
 * look; and the k-th smallest observation is at most the quantile just if k or more are. That turns
 * believable counts into ranks, whatever the distribution, and where values repeat too.
 */

/**
 * Between which of the {@code n} smallest-first observations a quantile lies.
 *
 * <p>Threading: immutable. Source: Howard and Ramdas, "Sequential estimation of quantiles with
 * applications to A/B testing and best-arm identification" (2022), section 3, with {@link
 * Betting}'s martingale for the coin.
 *
 * @param n observations
 * @param lowest the rank, from 1, of an observation that is not above the quantile; 0 if none is
 *     known
 * @param highest the rank of one that is not below it; {@code n + 1} if none is known
 */
record QuantileRanks(long n, long lowest, long highest) {

  /** The ranks that hold at every look but with probability {@code alpha}. */
  static QuantileRanks of(long n, double p, double alpha) {
    double enough = -Math.log(Checked.alpha(alpha) / 2);
    // The least believable number of observations at or below the quantile.
    long refuted = -1;
    long possible = (long) Math.floor(p * n);
    while (possible - refuted > 1) {
      long middle = (refuted + possible) >>> 1;
      if (Betting.logEvidenceBelow(Tally.ofRate(n, middle), p) >= enough) {
        refuted = middle;
      } else {
        possible = middle;
      }
    }
    long lowest = possible;
    // The most believable number below it.
    possible = (long) Math.ceil(p * n);
    refuted = n + 1;
    while (refuted - possible > 1) {
      long middle = (possible + refuted) >>> 1;
      if (Betting.logEvidenceAbove(Tally.ofRate(n, middle), p) >= enough) {
        refuted = middle;
      } else {
        possible = middle;
      }
    }
    return new QuantileRanks(n, lowest, Math.min(possible, n) + 1);
  }
}
