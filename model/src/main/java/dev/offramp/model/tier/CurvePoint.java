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
    double threshold, double metric, double agreement, double meanExitDepth, double layerSpeedup) {}
