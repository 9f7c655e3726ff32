package dev.offramp.trainer.report;

/**
 * What one rule of a family costs and gives.
 *
 * @param threshold the family's number: a threshold, or a patience
 * @param metric the metric there
 * @param layerSpeedup {@code sum M N_m / sum m N_m}
 * @param meanDepth mean layers executed
 */
public record CurvePoint(double threshold, double metric, double layerSpeedup, double meanDepth) {}
