package dev.offramp.server.audit;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.Experiment;

/**
 * What an audited request was an exposure to.
 *
 * @param rule by which it was answered
 */
public record Exposure(Experiment experiment, Arm arm, ExitRule rule) {}
