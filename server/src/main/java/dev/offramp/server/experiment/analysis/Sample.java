package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.stats.Interval;

/**
 * What was observed of one metric in one arm, as one number, and what the true one can be.
 *
 * <p>Threading: immutable.
 *
 * @param <S> what it can be compared with: the same number of another arm
 */
interface Sample<S extends Sample<S>> {

  /** How many observations there are. */
  long n();

  /** The number as observed; 0 without observations. */
  double value();

  /** What the true number can be, at every look but with probability {@code alpha}. */
  Interval interval(double alpha);

  /** How many observations a difference to the first arm is of. */
  default long compared(S first) {
    return n() + first.n();
  }

  /** What the true number less that of the first arm is estimated to be. */
  double less(S first);

  /**
   * The share of that estimate's variance, within [0, 1], that is gone since what was known of the
   * units before was taken out.
   */
  default double explained(S first) {
    return 0;
  }

  /** What the true number less that of the first arm can be. */
  Interval minus(S first, double alpha);

  /** A bound below which that difference never is, but with probability {@code alpha}. */
  double lowerMinus(S first, double alpha);

  /** A bound above which that difference never is, but with probability {@code alpha}. */
  double upperMinus(S first, double alpha);
}
