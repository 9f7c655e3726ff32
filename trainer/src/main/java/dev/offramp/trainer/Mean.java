package dev.offramp.trainer;

/** The mean of values as they come. */
final class Mean {
  private double sum;
  private long count;

  void note(double value) {
    sum += value;
    count++;
  }

  /** The mean since the last call, 0 of none. */
  double take() {
    double mean = count == 0 ? 0 : sum / count;
    sum = 0;
    count = 0;
    return mean;
  }
}
