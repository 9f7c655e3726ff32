package dev.offramp.server.audit;

import dev.offramp.server.experiment.TierAudits;
import java.util.Optional;

/**
 * The drift of a tier.
 *
 * @param start the number of the start since which audits spoke most for it when it was found
 * @param found what they had found since then
 * @param servedAs the safer tier that takes its place; empty where it is served itself
 */
public record Drift(long start, TierAudits found, Optional<String> servedAs) {}
