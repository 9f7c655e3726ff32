package dev.offramp.server.admin;

import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.Disagreement;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.stats.Guardrail;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** An arm's differences to the first, as pages show them. */
final class Differences {

  /** What disagreement with the full model is called among measures. */
  static final String DISAGREEMENT = "disagreement with the full model, %";

  private Differences() {}

  /**
   * One of them.
   *
   * @param n of what it is in this arm: requests, units, or audits
   * @param guardrail empty where it is none
   */
  record Known(Difference difference, long n, Optional<Guardrail.State> guardrail) {}

  /** By measure: disagreement, then the metrics. */
  static Map<String, Known> of(ArmAnalysis arm) {
    var known = new LinkedHashMap<String, Known>();
    Disagreement audited = arm.disagreement();
    audited
        .difference()
        .ifPresent(difference ->
            known.put(
                DISAGREEMENT,
                new Known(
                    percent(difference),
                    audited.pairs() > 0 ? audited.pairs() : audited.audits(),
                    Optional.empty())));
    for (MetricAnalysis metric : arm.metrics()) {
      metric
          .difference()
          .ifPresent(difference ->
              known.put(metric.name(), new Known(difference, metric.n(), metric.guardrail())));
    }
    return known;
  }

  private static Difference percent(Difference share) {
    Estimate estimate = share.estimate();
    return new Difference(
        Numbers.inPercent(estimate.value(), estimate.interval()),
        share.explained(),
        share.decision());
  }
}
