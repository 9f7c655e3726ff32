package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.stats.Decision;
import java.util.Optional;

/**
 * An arm less the first arm.
 *
 * @param explained the share of the estimate's variance, within [0, 1], that was taken out by what
 *     was known of units before
 * @param decision empty where it is not known which side is better
 */
public record Difference(Estimate estimate, double explained, Optional<Decision> decision) {}
