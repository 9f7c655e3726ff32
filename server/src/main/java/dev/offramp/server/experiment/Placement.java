package dev.offramp.server.experiment;

/**
 * The place of a request in an experiment.
 *
 * @param unit what was split: a unit, or the request's id
 * @param counted whether it counts, if the arm is applied: not for overrides and promoted arms
 */
public record Placement(Experiment experiment, Arm arm, String unit, boolean counted) {}
