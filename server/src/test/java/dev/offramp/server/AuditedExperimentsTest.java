package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.offramp.v1.AnalyzeExperimentRequest;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmAnalysis;
import dev.offramp.v1.Better;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.Difference;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.ExperimentState;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.Guardrail;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.Metric;
import dev.offramp.v1.UnitKind;
import dev.offramp.v1.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What audits find of an experiment's arms. */
class AuditedExperimentsTest extends AuditsFixture {

  /** Each request by itself in full or x3. */
  private ExperimentServiceGrpc.ExperimentServiceBlockingStub runExperiment(
      Guardrail... guardrails) {
    var experiments = ExperimentServiceGrpc.newBlockingStub(calls.channel());
    var experiment =
        Experiment.newBuilder()
            .setName("e")
            .setModel("sst2")
            .setUnit(UnitKind.UNIT_KIND_REQUEST)
            .addArms(Arm.newBuilder().setName("control").setWeight(0.5).setTier("full"))
            .addArms(Arm.newBuilder().setName("bold").setWeight(0.5).setTier("x3"))
            .addAllGuardrails(List.of(guardrails))
            .setMetric(
                Metric.newBuilder().setName("offramp.exit_depth").setBetter(Better.BETTER_LOWER));
    var _ =
        experiments.applyExperiment(
            ApplyExperimentRequest.newBuilder()
                .setExperiment(experiment)
                .setWho("ann")
                .setWhy("test")
                .build());
    var _ =
        experiments.startExperiment(
            ChangeRequest.newBuilder().setName("e").setWho("ann").setWhy("test").build());
    return experiments;
  }

  @Test
  void analyze_auditedExperiment_comparesArmsOnTheSameTexts() throws IOException {
    List<ClassifyRequest> texts = texts(TEXTS);
    List<ClassifyRequest> disputed = disputed(texts, "x3");
    restart(state(), 1);
    var experiments = runExperiment();
    int bold = 0;
    int wrong = 0;
    int depths = 0;
    for (int i = 0; i < TEXTS; i++) {
      ClassifyResponse answer =
          calls.classify(texts.get(i).toBuilder().setTier("x2").setRequestId("request-" + i));
      if (answer.getArm().equals("bold")) {
        bold++;
        wrong += disputed.contains(texts.get(i)) ? 1 : 0;
        depths += answer.getExitDepth();
      }
    }
    assertThat(wrong).as("or the test shows nothing").isPositive();
    var request = AnalyzeExperimentRequest.newBuilder().setName("e").build();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            experiments.analyzeExperiment(request).getArms(1).getDisagreement().getPairs()
                == TEXTS);
    AnalyzeExperimentResponse analysis = experiments.analyzeExperiment(request);
    ArmAnalysis control = analysis.getArms(0);
    assertThat(control.getExposures()).isEqualTo(TEXTS - bold);
    assertThat(control.getDisagreement().getAudits()).isEqualTo(TEXTS - bold);
    assertThat(control.getDisagreement().getDisagreements()).isZero();
    assertThat(control.getDisagreement().hasDifference()).isFalse();
    assertThat(control.getLayerSpeedup().getValue()).isEqualTo(1);
    ArmAnalysis counted = analysis.getArms(1);
    assertThat(counted.getExposures()).isEqualTo(bold);
    assertThat(counted.getUnits()).isEqualTo(bold);
    assertThat(counted.getDisagreement().getAudits()).isEqualTo(bold);
    assertThat(counted.getDisagreement().getDisagreements()).isEqualTo(wrong);
    assertThat(counted.getDisagreement().getDifference().getEstimate().getValue())
        .isEqualTo(disputed.size() / (double) TEXTS);
    assertThat(counted.getLayerSpeedup().getValue()).isCloseTo(4.0 * bold / depths, within(1e-12));
    assertThat(counted.getLatencyP99Ms().getValue()).isPositive();
    assertThat(counted.getMetrics(0).getName()).isEqualTo("offramp.exit_depth");
    Difference difference = counted.getMetrics(0).getDifference();
    assertThat(difference.getEstimate().getValue())
        .isCloseTo((double) depths / bold - 4, within(1e-12));
    assertThat(difference.getVerdict()).isIn(Verdict.VERDICT_BETTER, Verdict.VERDICT_KEEP_GOING);
    assertThat(analysis.getSampleRatio().getMismatch()).isFalse();
    assertThat(analysis.getAlpha()).isEqualTo(0.05);
  }

  @Test
  void guardrail_onDisagreement_stopsTheArmThatAuditsFindWrong() throws IOException {
    List<ClassifyRequest> disputed = disputed(texts(TEXTS), "x3");
    assertThat(disputed).as("or the test shows nothing").isNotEmpty();
    restart(state(), 1);
    var experiments =
        runExperiment(
            Guardrail.newBuilder()
                .setMetric(
                    Metric.newBuilder()
                        .setName("offramp.disagreement")
                        .setBetter(Better.BETTER_LOWER)
                        .setMargin(0.1))
                .build());
    var request = GetExperimentRequest.newBuilder().setName("e").build();
    // Traffic of which the arm gets every text wrong. Without another arm the experiment ends.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          disputed.forEach(text -> calls.classify(text.toBuilder().setTier("x2")));
          return experiments.getExperiment(request).getStatus().getState()
              == ExperimentState.EXPERIMENT_STATE_STOPPED;
        });
    assertThat(
            experiments
                .listAuditLog(ListAuditLogRequest.newBuilder().setName("e").build())
                .getEntriesList())
        .anySatisfy(change ->
            assertThat(change.getWhy())
                .contains("guardrail broken by arm bold: offramp.disagreement")
                .contains("against control"));
  }

  @Test
  void analyze_badAlpha_isRefused() throws IOException {
    restart(state(), 0);
    var experiments = runExperiment();
    for (double alpha : new double[] {1, 0, -1, Double.MIN_VALUE, Double.NaN}) {
      var request = AnalyzeExperimentRequest.newBuilder().setName("e").setAlpha(alpha).build();
      assertThatThrownBy(() -> experiments.analyzeExperiment(request))
          .hasMessageContaining(
              "INVALID_ARGUMENT: alpha: " + alpha + " (expected: at least 1.0E-12 and below 1)");
    }
  }
}
