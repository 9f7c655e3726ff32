package dev.offramp.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** Which points of a curve are of interest: those of tiers, and how many are kept. */
final class CurveOptions {
  @Option(
      names = "--speedups",
      split = ",",
      paramLabel = "X",
      defaultValue = "1.5,2,3,4",
      description = "The layer speed-ups to look for, each the safest threshold that reaches it.")
  private List<Double> speedups;

  @Option(
      names = "--curve-points",
      paramLabel = "N",
      defaultValue = "65",
      description = "The most thresholds on a curve that is written.")
  private int points;

  List<Double> speedups() {
    return speedups;
  }

  int points() {
    return points;
  }
}
