package dev.offramp.server.experiment;

/**
 * One change of one experiment, as the audit log has it.
 *
 * @param sequence rises over all experiments
 * @param action such as {@code start}
 * @param after as it was from then on
 */
public record AuditEntry(
    long sequence, String action, String who, String why, ExperimentStatus after) {}
