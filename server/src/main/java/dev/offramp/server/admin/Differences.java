package dev.offramp.server.admin;

import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import java.util.LinkedHashMap;
import java.util.Map;

/** An arm's differences to the first, as pages show them. */
final class Differences {

  /** What disagreement with the full model is called among measures. */
  static final String DISAGREEMENT = "disagreement with the full model, %";

  private Differences() {}

  /** By measure: disagreement, then the metrics. */
  static Map<String, Difference> of(ArmAnalysis arm) {
    var differences = new LinkedHashMap<String, Difference>();
    arm.disagreement()
        .difference()
        .ifPresent(difference -> differences.put(DISAGREEMENT, percent(difference)));
    for (MetricAnalysis metric : arm.metrics()) {
      metric.difference().ifPresent(known -> differences.put(metric.name(), known));
    }
    return differences;
  }

  private static Difference percent(Difference share) {
    Estimate estimate = share.estimate();
    return new Difference(
        Numbers.inPercent(estimate.value(), estimate.interval()),
        share.explained(),
        share.decision());
  }
}
