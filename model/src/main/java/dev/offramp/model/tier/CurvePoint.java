package dev.offramp.model.tier;

/**
 * What one threshold costs and gives over a set of texts.
 *
 * @param threshold the threshold of the curve's signal
 * @param metric the curve's metric there
 * @param agreement the share of texts whose label is the full model's
 * @param meanExitDepth mean layers executed
 * @param layerSpeedup {@code sum M N_m / sum m N_m} (COSEE's measure)
 */
public record CurvePoint(
    double threshold, double metric, double agreement, double meanExitDepth, double layerSpeedup) {

  /** Checks that every number is one, and those whose range is known. */
  public CurvePoint {
    require("threshold", threshold, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    require("metric", metric, -Double.MAX_VALUE, Double.MAX_VALUE);
    require("agreement", agreement, 0, 1);
    require("meanExitDepth", meanExitDepth, 1, Double.MAX_VALUE);
    require("layerSpeedup", layerSpeedup, 1, Double.MAX_VALUE);
  }

  private static void require(String name, double value, double least, double greatest) {
    if (!(value >= least && value <= greatest)) {
      throw new IllegalArgumentException(
          name
              + " of a curve's point: "
              + value
              + " (expected: "
              + least
              + " to "
              + greatest
              + ")");
    }
  }
}
