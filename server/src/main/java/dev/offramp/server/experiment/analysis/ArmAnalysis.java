package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.state.ArmTotals;
import java.util.List;
import java.util.Optional;

/**
 * What is known of one arm.
 *
 * @param totals what was counted
 * @param layerSpeedup empty without exposures, or where the model's layers are not known
 * @param latencyP50 in milliseconds; empty without exposures
 * @param latencyP99 likewise
 */
public record ArmAnalysis(
    String arm,
    ArmTotals totals,
    Optional<Estimate> layerSpeedup,
    Optional<Estimate> latencyP50,
    Optional<Estimate> latencyP99,
    Disagreement disagreement,
    List<MetricAnalysis> metrics) {
  /** Copies. */
  public ArmAnalysis {
    metrics = List.copyOf(metrics);
  }
}
