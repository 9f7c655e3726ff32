package dev.offramp.server.experiment.analysis;

import java.util.Optional;

/**
 * How often an arm's requests get another label than from the full model.
 *
 * @param audits exposures of the arm that were audited
 * @param disagreements those labelled otherwise
 * @param rate empty without audits
 * @param difference empty for the first arm
 * @param pairs texts on which both arms were scored; 0 where each has only its own
 */
public record Disagreement(
    long audits,
    long disagreements,
    Optional<Estimate> rate,
    Optional<Difference> difference,
    long pairs) {}
