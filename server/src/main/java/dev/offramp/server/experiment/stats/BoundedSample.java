package dev.offramp.server.experiment.stats;

/**
 * What is kept of observations in [0, 1] that were made one after the other: enough to tell what a
 * bet on them would have earned. Samples of one kind can be added, in any order.
 *
 * <p>Threading: immutable.
 */
public sealed interface BoundedSample permits Tally, BoundedSums {
  /** How many observations there are. */
  long n();

  /** Their mean; 0 of none. */
  double mean();

  /** The same of one minus each observation. */
  BoundedSample mirrored();

  /**
   * The logarithm of what the bet {@code theta} against {@code mean <= m} has made of 1, or of less
   * than that: {@code sum log(1 - theta + theta x_i / m)}.
   *
   * @param theta the stake, above 0 and below 1
   * @param m the mean that is bet against, above 0
   */
  double logWealth(double theta, double m);
}
