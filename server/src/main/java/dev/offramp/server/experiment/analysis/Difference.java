package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.stats.Decision;
import java.util.Optional;

/**
 * An arm less the first arm.
 *
 * @param decision empty where it is not known which side is better
 */
public record Difference(Estimate estimate, Optional<Decision> decision) {}
