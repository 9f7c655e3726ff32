package dev.offramp.server.rpc;

import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.Disagreement;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.SampleRatio;
import dev.offramp.server.experiment.stats.Verdict;
import dev.offramp.server.wire.StatusMessages;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.Bounds;
import dev.offramp.v1.GuardrailState;
import dev.offramp.v1.SampleRatioTest;

/** What the counts of an experiment say, on the wire. */
final class AnalysisMessages {

  /**
   * An experiment's analysis.
   *
   * @param alpha of its intervals
   * @param crossed units in more than one arm
   */
  static AnalyzeExperimentResponse.Builder write(
      ExperimentStatus status, Analysis analysis, double alpha, long crossed) {
    var response =
        AnalyzeExperimentResponse.newBuilder()
            .setStatus(StatusMessages.write(status))
            .setAlpha(alpha)
            .setCrossedUnits(crossed);
    analysis.arms().forEach(arm -> response.addArms(write(arm)));
    analysis.sampleRatio().ifPresent(ratio -> response.setSampleRatio(write(ratio)));
    return response;
  }

  private static SampleRatioTest write(SampleRatio ratio) {
    return SampleRatioTest.newBuilder()
        .setPValue(ratio.anytimeP())
        .setChiSquarePValue(ratio.chiSquareP())
        .setMismatch(ratio.isMismatch())
        .setTooFewUnits(ratio.isEarly())
        .build();
  }

  private static dev.offramp.v1.ArmAnalysis write(ArmAnalysis arm) {
    var message =
        dev.offramp.v1.ArmAnalysis.newBuilder()
            .setArm(arm.arm())
            .setUnits(arm.totals().units())
            .setExposures(arm.totals().count(Count.EXPOSURE))
            .setNotApplied(CountMessages.notApplied(arm.totals()))
            .setDisagreement(write(arm.disagreement()));
    arm.layerSpeedup().ifPresent(speedup -> message.setLayerSpeedup(write(speedup)));
    arm.latencyP50().ifPresent(latency -> message.setLatencyP50Ms(write(latency)));
    arm.latencyP99().ifPresent(latency -> message.setLatencyP99Ms(write(latency)));
    arm.metrics().forEach(metric -> message.addMetrics(write(metric)));
    return message.build();
  }

  private static dev.offramp.v1.Disagreement write(Disagreement disagreement) {
    var message =
        dev.offramp.v1.Disagreement.newBuilder()
            .setAudits(disagreement.audits())
            .setDisagreements(disagreement.disagreements())
            .setPairs(disagreement.pairs());
    disagreement.rate().ifPresent(rate -> message.setRate(write(rate)));
    disagreement.difference().ifPresent(difference -> message.setDifference(write(difference)));
    return message.build();
  }

  private static dev.offramp.v1.MetricAnalysis write(MetricAnalysis metric) {
    var message =
        dev.offramp.v1.MetricAnalysis.newBuilder()
            .setName(metric.name())
            .setN(metric.n())
            .setEstimate(write(metric.estimate()));
    metric.difference().ifPresent(difference -> message.setDifference(write(difference)));
    metric.guardrail().ifPresent(state -> message.setGuardrail(write(state)));
    return message.build();
  }

  private static dev.offramp.v1.Difference write(Difference difference) {
    var message =
        dev.offramp.v1.Difference.newBuilder()
            .setEstimate(write(difference.estimate()))
            .setVarianceExplained(difference.explained());
    difference
        .decision()
        .ifPresent(decision -> {
          message.setVerdict(write(decision.verdict()));
          decision.stillNeeded().ifPresent(message::setStillNeeded);
        });
    return message.build();
  }

  private static dev.offramp.v1.Verdict write(Verdict verdict) {
    return switch (verdict) {
      case BETTER -> dev.offramp.v1.Verdict.VERDICT_BETTER;
      case WORSE -> dev.offramp.v1.Verdict.VERDICT_WORSE;
      case NO_DIFFERENCE -> dev.offramp.v1.Verdict.VERDICT_NO_DIFFERENCE;
      case KEEP_GOING -> dev.offramp.v1.Verdict.VERDICT_KEEP_GOING;
    };
  }

  private static GuardrailState write(Guardrail.State state) {
    return switch (state) {
      case BROKEN -> GuardrailState.GUARDRAIL_STATE_BROKEN;
      case KEPT -> GuardrailState.GUARDRAIL_STATE_KEPT;
      case OPEN -> GuardrailState.GUARDRAIL_STATE_UNDECIDED;
    };
  }

  private static dev.offramp.v1.Estimate write(Estimate estimate) {
    return dev.offramp.v1.Estimate.newBuilder()
        .setValue(estimate.value())
        .setInterval(write(estimate.interval()))
        .build();
  }

  private static Bounds write(Interval interval) {
    var bounds = Bounds.newBuilder();
    if (Double.isFinite(interval.low())) {
      bounds.setLow(interval.low());
    }
    if (Double.isFinite(interval.high())) {
      bounds.setHigh(interval.high());
    }
    return bounds.build();
  }

  private AnalysisMessages() {}
}
