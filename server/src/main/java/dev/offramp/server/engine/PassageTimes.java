package dev.offramp.server.engine;

/*
 * A text that has started shares batches, and waits between layers for company and for its turn: how
 * long that takes is not what its layers cost, and depends on what else there is to do. So it is seen,
 * and foreseen as TCP foresees round trips (Jacobson and Karels, Congestion Avoidance and Control,
 * 1988): a mean that follows, and how far from it they are on average.
 */

/**
 * How long texts of one model are on their way from their start to their exit.
 *
 * <p>Threading: safe for all threads.
 */
final class PassageTimes {
  /** What one text changes of the mean, and of the deviation. */
  private static final double RATE = 1.0 / 32;

  /** Mean deviations beyond the mean that are foreseen: some nine of ten texts come sooner. */
  private static final double DEVIATIONS = 2;

  private double mean;
  private double deviation;
  private volatile double likely;

  /** A text was on its way for so long, over this many layers, run or expected. */
  synchronized void note(double layers, long nanos) {
    double each = nanos / layers;
    if (mean == 0) {
      mean = each;
      deviation = each / 2;
    } else {
      double error = each - mean;
      mean += RATE * error;
      deviation += RATE * (Math.abs(error) - deviation);
    }
    likely = mean + DEVIATIONS * deviation;
  }

  /** How long a text will hardly need for more than; 0 before any was seen. */
  double nanos(double layers) {
    return layers * likely;
  }
}
