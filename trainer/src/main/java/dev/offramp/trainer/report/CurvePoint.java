package dev.offramp.trainer.report;

import java.util.List;

/**
 * What one rule of a family costs and gives.
 *
 * @param threshold the family's number: a threshold, or a patience
 * @param metric the metric there
 * @param layerSpeedup {@code sum M N_m / sum m N_m}
 * @param meanDepth mean layers executed
 * @param exits how many texts leave at each exit, {@code N_1} to {@code N_M}; empty for a mean of
 *     curves
 */
public record CurvePoint(
    double threshold, double metric, double layerSpeedup, double meanDepth, List<Integer> exits) {

  /** Copies the list. */
  public CurvePoint {
    exits = List.copyOf(exits);
  }

  /** Of no rule's own texts. */
  public CurvePoint(double threshold, double metric, double layerSpeedup, double meanDepth) {
    this(threshold, metric, layerSpeedup, meanDepth, List.of());
  }
}
