package dev.offramp.trainer;

/** Running averages of the losses of a run's last steps: for progress, no part of the outcome. */
final class RecentLoss {
  /** How many of the last steps are remembered, roughly. */
  private static final double MEMORY = 50;

  double total;
  double crossEntropy;
  double calibration;
  private double steps;

  /** Takes in a step's; the first one of a start is all that there is. */
  void note(Objective.Loss loss) {
    double memory = Math.min(MEMORY, ++steps);
    total += (loss.totalValue() - total) / memory;
    crossEntropy += (loss.crossEntropy() - crossEntropy) / memory;
    calibration += (loss.calibration() - calibration) / memory;
  }
}
