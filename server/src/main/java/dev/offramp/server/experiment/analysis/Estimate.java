package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.stats.Interval;

/**
 * A number.
 *
 * @param value as observed
 * @param interval what the true one can be
 */
public record Estimate(double value, Interval interval) {}
