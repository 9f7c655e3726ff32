package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.offramp.assignment.Assignment;
import dev.offramp.v1.AnalyzeExperimentRequest;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ApplyOutcome;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentState;
import dev.offramp.v1.ExperimentStatus;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.PromoteArmRequest;
import dev.offramp.v1.RampPlan;
import dev.offramp.v1.RampState;
import dev.offramp.v1.ReportOutcomeRequest;
import dev.offramp.v1.StopArmRequest;
import dev.offramp.v1.UnitKind;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of arms while an experiment is under way. */
class ArmsTest extends ExperimentsFixture {

  private static final java.time.Duration LIMIT = java.time.Duration.ofSeconds(60);

  /** Three arms, and a guardrail. */
  private static Experiment.Builder three() {
    return experiment("e")
        .clearArms()
        .addArms(arm("control", "full"))
        .addArms(arm("bold", "x3"))
        .addArms(arm("mild", "x2").setWeight(0.2))
        .addGuardrails(complaints());
  }

  private static Arm.Builder arm(String name, String tier) {
    return Arm.newBuilder().setName(name).setWeight(0.4).setTier(tier);
  }

  private ExperimentStatus stopArm(String arm) {
    return experiments
        .stopArm(StopArmRequest.newBuilder().setChange(change("e")).setArm(arm).build())
        .getStatus();
  }

  private AnalyzeExperimentResponse analysis() {
    return experiments.analyzeExperiment(
        AnalyzeExperimentRequest.newBuilder().setName("e").build());
  }

  private long exposures() {
    return get("e").getArmsList().stream().mapToLong(ArmCounts::getExposures).sum();
  }

  @Test
  void guardrail_brokenByOneOfThree_stopsThatArm_andTheOthersGoOn() throws IOException {
    run(three());
    var assignment = Assignment.of("e", List.of(0.4, 0.4, 0.2), 1);
    int exposed = 0; // On a slow machine the arm is stopped before all have come.
    for (int i = 0; i < 300; i++) {
      String unit = "user-" + i;
      exposed += calls.classify(request(unit)).getArm().isEmpty() ? 0 : 1;
      var complaint = ReportOutcomeRequest.newBuilder().setUnit(unit).setName("complaint");
      var _ =
          experiments.reportOutcome(complaint.setValue(assignment.arm(unit) == 1 ? 1 : 0).build());
    }
    await().atMost(LIMIT).until(() -> get("e").getStatus().getStoppedArmsCount() > 0);
    ExperimentStatus status = get("e").getStatus();
    assertThat(status.getStoppedArmsList()).containsExactly("bold");
    assertThat(status.getState()).isEqualTo(ExperimentState.EXPERIMENT_STATE_RUNNING);
    AuditEntry entry =
        experiments
            .listAuditLog(ListAuditLogRequest.newBuilder().setName("e").build())
            .getEntries(0);
    assertThat(entry.getAction()).isEqualTo("stop-arm");
    assertThat(entry.getWho()).isEqualTo("offramp");
    assertThat(entry.getWhy())
        .isEqualTo("guardrail broken by arm bold: complaint +1.000 against control");
    assertThat(entry.getStoppedArmsList()).containsExactly("bold");
    // The file that made it says nothing of that, and a server that starts again knows it.
    assertThat(apply(three()).getOutcome()).isEqualTo(ApplyOutcome.APPLY_OUTCOME_UNCHANGED);
    int counted = exposed;
    await().atMost(LIMIT).until(() -> exposures() == counted);
    stop();
    start();
    for (int i = 0; i < 300; i++) {
      ClassifyResponse response = calls.classify(request("user-" + i));
      boolean stopped = assignment.arm("user-" + i) == 1;
      assertThat(response.getArm())
          .isEqualTo(stopped ? "" : three().getArms(assignment.arm("user-" + i)).getName());
      if (stopped) {
        assertThat(response.getAppliedTier()).as("as asked").isEqualTo("x2");
      }
    }
    for (int i = 300; i < 700; i++) {
      var _ = calls.classify(request("user-" + i));
    }
    await().atMost(LIMIT).until(() -> exposures() > counted + 300);
    AnalyzeExperimentResponse analysis = analysis();
    assertThat(analysis.getSampleRatio().getMismatch()).isFalse();
    assertThat(analysis.getStatus().getStoppedArmsList()).containsExactly("bold");
    assertThat(get("e").getStatus().getState())
        .as("what is broken once is no reason to stop anything else")
        .isEqualTo(ExperimentState.EXPERIMENT_STATE_RUNNING);
  }

  @Test
  void stopArm_byHand_thenTheLast_endsTheExperiment() {
    apply(three());
    refused(() -> stopArm("bold"), "experiment: e is DRAFT (expected: one that runs or is paused)");
    experiments.startExperiment(change("e"));
    refused(() -> stopArm("control"), "arm: 'control' is what the others are compared with");
    assertThat(statusOf(() -> stopArm("bald")).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(stopArm("bold").getVersion()).isEqualTo(3);
    assertThat(stopArm("bold").getVersion()).as("it is stopped").isEqualTo(3);
    refused(
        () ->
            experiments.promoteArm(
                PromoteArmRequest.newBuilder().setChange(change("e")).setArm("bold").build()),
        "arm: 'bold' of e was stopped");
    ExperimentStatus last = stopArm("mild");
    assertThat(last.getState()).isEqualTo(ExperimentState.EXPERIMENT_STATE_STOPPED);
    assertThat(last.getStoppedArmsList()).containsExactly("bold", "mild");
  }

  @Test
  void start_stoppedArmNoLongerServed_goesOnWithTheOthers() {
    server.models().load(TestArtifacts.write(temporary.resolve("n.offramp"), "sst2", "2"), "next");
    server.models().label("sst2", "1", "stable");
    run(three().setArms(2, Arm.newBuilder().setName("mild").setWeight(0.2).setModelVersion("2")));
    stopArm("mild");
    server.models().retire("sst2", "2", true);
    experiments.pauseExperiment(change("e"));
    ExperimentStatus status = experiments.startExperiment(change("e")).getStatus();
    assertThat(status.getState()).isEqualTo(ExperimentState.EXPERIMENT_STATE_RUNNING);
    assertThat(status.getStoppedArmsList()).containsExactly("mild");
  }

  private static void refused(Runnable call, String said) {
    Status status = statusOf(call);
    assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(status.getDescription()).contains(said);
  }

  @Test
  void model_servedInAnotherVersion_isSaid_andHoldsTheRamp_untilStartedAnew() {
    run(
        experiment("e")
            .setUnit(UnitKind.UNIT_KIND_REQUEST)
            .setRamp(
                RampPlan.newBuilder()
                    .addSteps(0.5)
                    .addSteps(1)
                    .setDwell(Duration.newBuilder().setSeconds(3_600))));
    assertThat(get("e").getStatus().getArmVersionsMap())
        .containsOnlyKeys("control", "bold")
        .allSatisfy((_, version) -> assertThat(version).matches("1~[0-9a-f]{6}"));
    assertThat(analysis().getWarningsList()).isEmpty();
    Path next = TestArtifacts.write(temporary.resolve("next.offramp"), "sst2", "2");
    server.models().load(next, "");
    assertThat(analysis().getWarningsList())
        .containsExactly(
            "arm bold has version 2, and had 1 when the experiment was started: what is counted is of both",
            "arm control has version 2, and had 1 when the experiment was started: what is counted is of both");
    assertThat(get("e").getRamp().getState()).isEqualTo(RampState.RAMP_STATE_HELD);
    assertThat(get("e").getRamp().getReason()).contains("arm bold has version 2, and had 1");
    experiments.pauseExperiment(change("e"));
    experiments.startExperiment(change("e"));
    assertThat(analysis().getWarningsList()).isEmpty();
    assertThat(get("e").getRamp().getState()).isEqualTo(RampState.RAMP_STATE_WAITING);
  }

  @Test
  void model_calibratedAnew_isSaid_untilStartedAnew() {
    run(experiment("e").setUnit(UnitKind.UNIT_KIND_REQUEST));
    Path same = TestArtifacts.write(temporary.resolve("same.offramp"), "sst2", "1");
    server.models().load(same, "");
    assertThat(analysis().getWarningsList()).isEmpty();
    Path next = TestArtifacts.writeCalibratedAnew(temporary.resolve("next.offramp"), "sst2", "1");
    server.models().load(next, "");
    assertThat(analysis().getWarningsList())
        .as("of control's tier nothing changed")
        .singleElement()
        .asString()
        .startsWith("arm bold of version 1 leaves elsewhere than when the experiment was started");
    experiments.pauseExperiment(change("e"));
    experiments.startExperiment(change("e"));
    assertThat(analysis().getWarningsList()).isEmpty();
  }
}
