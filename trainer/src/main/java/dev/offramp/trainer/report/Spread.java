package dev.offramp.trainer.report;

/**
 * How far runs of one kind lie apart at one place of their mean curve.
 *
 * @param layerSpeedup where
 * @param metric their mean there
 * @param deviation their standard deviation
 */
public record Spread(double layerSpeedup, double metric, double deviation) {}
