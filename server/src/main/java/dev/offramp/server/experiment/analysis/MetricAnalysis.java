package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.stats.Guardrail;
import java.util.Optional;

/**
 * One metric in one arm.
 *
 * @param n requests of metrics that the server measures, units of those reported
 * @param estimate the mean, or the quantile that the metric is
 * @param difference empty for the first arm
 * @param guardrail empty for the first arm, and where it is none
 */
public record MetricAnalysis(
    String name,
    long n,
    Estimate estimate,
    Optional<Difference> difference,
    Optional<Guardrail.State> guardrail) {}
