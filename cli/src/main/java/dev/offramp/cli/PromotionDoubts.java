package dev.offramp.cli;

import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ArmAnalysis;
import dev.offramp.v1.GuardrailState;
import dev.offramp.v1.MetricAnalysis;
import dev.offramp.v1.Verdict;
import java.util.ArrayList;
import java.util.List;

/**
 * What an experiment's counts do not say, or say against, an arm that is promoted: people may know
 * better, so it is said and not refused.
 */
final class PromotionDoubts {
  private PromotionDoubts() {}

  /** For people, a line each; none where the counts speak for it. */
  static List<String> of(AnalyzeExperimentResponse analysis, String winner) {
    var doubts = new ArrayList<String>();
    if (analysis.getSampleRatio().getMismatch()) {
      doubts.add("arms did not get their shares of units, so nothing is known of differences");
    }
    analysis.getArmsList().stream()
        .filter(arm -> arm.getArm().equals(winner) && arm.getMetricsCount() > 0)
        .forEach(arm -> ofArm(arm, doubts));
    doubts.addAll(analysis.getWarningsList());
    return doubts;
  }

  private static void ofArm(ArmAnalysis arm, List<String> doubts) {
    MetricAnalysis metric = arm.getMetrics(0); // The experiment's metric comes first.
    if (metric.hasDifference()) { // Else it is the first arm, which is as good as itself.
      Verdict verdict = metric.getDifference().getVerdict();
      if (verdict == Verdict.VERDICT_WORSE) {
        doubts.add("%s is worse by %s".formatted(arm.getArm(), metric.getName()));
      } else if (verdict == Verdict.VERDICT_KEEP_GOING) {
        doubts.add(
            "%s: of %s nothing is settled yet (expected: better, or no difference within the margin)"
                .formatted(arm.getArm(), metric.getName()));
      }
    }
    for (MetricAnalysis guarded : arm.getMetricsList()) {
      if (guarded.getGuardrail() == GuardrailState.GUARDRAIL_STATE_BROKEN) {
        doubts.add("%s breaks the guardrail %s".formatted(arm.getArm(), guarded.getName()));
      } else if (guarded.getGuardrail() == GuardrailState.GUARDRAIL_STATE_UNDECIDED) {
        doubts.add(
            "%s: whether it keeps the guardrail %s is not settled yet"
                .formatted(arm.getArm(), guarded.getName()));
      }
    }
  }
}
