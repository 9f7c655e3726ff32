package dev.offramp.cli;

import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmAnalysis;
import dev.offramp.v1.Bounds;
import dev.offramp.v1.Difference;
import dev.offramp.v1.Disagreement;
import dev.offramp.v1.Estimate;
import dev.offramp.v1.GuardrailState;
import dev.offramp.v1.MetricAnalysis;
import dev.offramp.v1.SampleRatioTest;
import dev.offramp.v1.Verdict;
import java.util.List;
import java.util.Locale;

/** What the counts of an experiment say, as tables: {@code 1.9 (1.7 to 2.2)} is an interval. */
final class AnalysisTables {

  /** What rounds to a percent. */
  private static final double LEAST_EXPLAINED = 0.005;

  private static final String NOTHING = "-";

  static String arms(AnalyzeExperimentResponse analysis) {
    var table =
        new TextTable(
            "arm",
            "gets",
            "weight",
            "units",
            "exposures",
            "not applied",
            "speed-up",
            "p50 in ms",
            "p99 in ms");
    List<Arm> arms = analysis.getStatus().getExperiment().getArmsList();
    for (int i = 0; i < analysis.getArmsCount(); i++) {
      ArmAnalysis arm = analysis.getArms(i);
      var missed = arm.getNotApplied();
      table.row(
          arm.getArm(),
          analysis.getStatus().getStoppedArmsList().contains(arm.getArm())
              ? "stopped"
              : treatment(arms.get(i)),
          ExperimentTables.percent(arms.get(i).getWeight()),
          Long.toString(arm.getUnits()),
          Long.toString(arm.getExposures()),
          Long.toString(
              missed.getDeadline()
                  + missed.getBrownOut()
                  + missed.getNotServed()
                  + missed.getDrift()),
          arm.hasLayerSpeedup() ? number(arm.getLayerSpeedup()) : NOTHING,
          arm.hasLatencyP50Ms() ? number(arm.getLatencyP50Ms()) : NOTHING,
          arm.hasLatencyP99Ms() ? number(arm.getLatencyP99Ms()) : NOTHING);
    }
    return table.render();
  }

  private static String treatment(Arm arm) {
    return switch (arm.getTreatmentCase()) {
      case TIER -> arm.getTier();
      case MODEL_VERSION -> "version " + arm.getModelVersion();
      case EXIT_RULE -> "a rule";
      case TREATMENT_NOT_SET -> NOTHING;
    };
  }

  static String disagreement(AnalyzeExperimentResponse analysis) {
    var table =
        new TextTable(
            "disagreement with the full model", "audits", "%", "less the first, %", "verdict");
    for (ArmAnalysis arm : analysis.getArmsList()) {
      Disagreement found = arm.getDisagreement();
      table.row(
          arm.getArm(),
          Long.toString(found.getAudits()),
          found.hasRate() ? number(found.getRate(), 100) : NOTHING,
          found.hasDifference() ? number(found.getDifference().getEstimate(), 100) : NOTHING,
          found.hasDifference() ? verdict(found.getDifference(), isOver(analysis)) : NOTHING);
    }
    return table.render();
  }

  static String metrics(AnalyzeExperimentResponse analysis) {
    var table =
        new TextTable("metric", "arm", "n", "value", "less the first", "verdict", "guardrail");
    int count = analysis.getArmsCount() == 0 ? 0 : analysis.getArms(0).getMetricsCount();
    for (int m = 0; m < count; m++) {
      for (ArmAnalysis arm : analysis.getArmsList()) {
        MetricAnalysis metric = arm.getMetrics(m);
        table.row(
            metric.getName(),
            arm.getArm(),
            Long.toString(metric.getN()),
            metric.getN() == 0 ? NOTHING : number(metric.getEstimate()),
            metric.hasDifference() ? number(metric.getDifference().getEstimate()) : NOTHING,
            metric.hasDifference() ? verdict(metric.getDifference(), isOver(analysis)) : NOTHING,
            guardrail(metric.getGuardrail()));
      }
    }
    return table.render();
  }

  /** Of which differences the past of units took variance out, a line each. */
  static String explained(AnalyzeExperimentResponse analysis) {
    var lines = new StringBuilder();
    for (ArmAnalysis arm : analysis.getArmsList()) {
      for (MetricAnalysis metric : arm.getMetricsList()) {
        double share = metric.getDifference().getVarianceExplained();
        if (share >= LEAST_EXPLAINED) {
          lines.append(
              String.format(
                  Locale.ROOT,
                  "%s of %s: what units did before took %.0f %% out of the variance%n",
                  metric.getName(),
                  arm.getArm(),
                  100 * share));
        }
      }
    }
    return lines.toString();
  }

  /** Whether arms got their shares of units; empty where there is nothing to compare. */
  static String sampleRatio(AnalyzeExperimentResponse analysis) {
    if (!analysis.hasSampleRatio()) {
      return "";
    }
    SampleRatioTest ratio = analysis.getSampleRatio();
    if (ratio.getTooFewUnits()) {
      return "too few units to say whether the sample ratio is as planned";
    }
    return ratio.getMismatch()
        ? String.format(
            Locale.ROOT,
            "sample ratio mismatch, p = %.2g: arms did not get their shares of units, and nothing"
                + " above can be relied on",
            ratio.getPValue())
        : String.format(Locale.ROOT, "sample ratio as planned, p = %.2g", ratio.getPValue());
  }

  private static boolean isOver(AnalyzeExperimentResponse analysis) {
    return switch (analysis.getStatus().getState()) {
      case EXPERIMENT_STATE_STOPPED, EXPERIMENT_STATE_PROMOTED -> true;
      default -> false;
    };
  }

  /** In words; of one that is over, nobody has to go on. */
  private static String verdict(Difference difference, boolean over) {
    if (over && difference.getVerdict() == Verdict.VERDICT_KEEP_GOING) {
      return "not settled";
    }
    String verdict =
        switch (difference.getVerdict()) {
          case VERDICT_BETTER -> "better";
          case VERDICT_WORSE -> "worse";
          case VERDICT_NO_DIFFERENCE -> "no difference";
          case VERDICT_KEEP_GOING -> "keep going";
          case VERDICT_UNSPECIFIED, UNRECOGNIZED -> NOTHING;
        };
    return difference.hasStillNeeded()
        ? "%s, about %d more".formatted(verdict, difference.getStillNeeded())
        : verdict;
  }

  private static String guardrail(GuardrailState state) {
    return switch (state) {
      case GUARDRAIL_STATE_BROKEN -> "broken";
      case GUARDRAIL_STATE_KEPT -> "kept";
      case GUARDRAIL_STATE_UNDECIDED -> "undecided";
      case GUARDRAIL_STATE_UNSPECIFIED, UNRECOGNIZED -> NOTHING;
    };
  }

  private static String number(Estimate estimate) {
    return number(estimate, 1);
  }

  private static String number(Estimate estimate, double times) {
    Bounds interval = estimate.getInterval();
    return "%s (%s to %s)"
        .formatted(
            number(times * estimate.getValue()),
            interval.hasLow() ? number(times * interval.getLow()) : "?",
            interval.hasHigh() ? number(times * interval.getHigh()) : "?");
  }

  private static String number(double value) {
    return Math.abs(value) < 1e-9 ? "0" : String.format(Locale.ROOT, "%.3g", value);
  }

  private AnalysisTables() {}
}
