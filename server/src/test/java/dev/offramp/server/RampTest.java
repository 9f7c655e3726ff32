package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.offramp.v1.AnalyzeExperimentRequest;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.RampPlan;
import dev.offramp.v1.RampState;
import dev.offramp.v1.SetCoverageRequest;
import dev.offramp.v1.UnitKind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ramp plans on a whole server, which looks at them once a second. */
class RampTest extends ExperimentsFixture {

  private static final java.time.Duration LIMIT = java.time.Duration.ofSeconds(60);

  private static Experiment.Builder ramped(long dwellMillis, double... steps) {
    var plan =
        RampPlan.newBuilder()
            .setDwell(
                Duration.newBuilder()
                    .setSeconds(dwellMillis / 1_000)
                    .setNanos((int) (dwellMillis % 1_000) * 1_000_000));
    for (double step : steps) {
      plan.addSteps(step);
    }
    return experiment("e").setUnit(UnitKind.UNIT_KIND_REQUEST).setRamp(plan);
  }

  private void classify(int requests) {
    for (int i = 0; i < requests; i++) {
      calls.classify(request(""));
    }
  }

  private double coverage() {
    return get("e").getStatus().getExperiment().getCoverage();
  }

  private RampState state() {
    return get("e").getRamp().getState();
  }

  private void setCoverage(double coverage) {
    var _ =
        experiments.setCoverage(
            SetCoverageRequest.newBuilder().setChange(change("e")).setCoverage(coverage).build());
  }

  private List<AuditEntry> log() {
    return experiments
        .listAuditLog(ListAuditLogRequest.newBuilder().setName("e").build())
        .getEntriesList();
  }

  @Test
  void plan_withoutExposures_isHeldAndSaysSo_andGoesOnStepByStepWithThem() throws Exception {
    run(ramped(1, 0.5, 0.6, 1));
    assertThat(coverage()).as("not given: the first step").isEqualTo(0.5);
    await().atMost(LIMIT).until(() -> state() == RampState.RAMP_STATE_HELD);
    assertThat(get("e").getRamp().getReason()).contains("exposures at 50 %", "at least 50");
    assertThat(
            experiments
                .analyzeExperiment(AnalyzeExperimentRequest.newBuilder().setName("e").build())
                .getRamp()
                .getNextCoverage())
        .isEqualTo(0.6);
    classify(300);
    await().atMost(LIMIT).until(() -> coverage() == 0.6);
    await().atMost(LIMIT).until(() -> state() == RampState.RAMP_STATE_HELD);
    assertThat(get("e").getRamp().getReason())
        .as("exposures of the step before do not count")
        .contains("has 0 exposures at 60 %");
    // What is known of it outlives the server.
    stop();
    start();
    assertThat(get("e").getRamp().getReason()).contains("has 0 exposures at 60 %");
    classify(300);
    await().atMost(LIMIT).until(() -> state() == RampState.RAMP_STATE_DONE);
    assertThat(log())
        .extracting(AuditEntry::getAction)
        .containsExactly("ramp", "ramp", "start", "create");
    AuditEntry last = log().getFirst();
    assertThat(last.getWho()).isEqualTo("offramp");
    assertThat(last.getWhy()).contains("at 60 %", "exposures and units of each arm");
    assertThat(last.getExperiment().getCoverage()).isEqualTo(1);
  }

  @Test
  void plan_handsOnIt_win() {
    run(ramped(1, 0.5, 1));
    setCoverage(0.75);
    classify(300);
    await()
        .atMost(LIMIT)
        .until(() -> get("e").getArmsList().stream().allMatch(arm -> arm.getExposures() >= 50));
    assertThat(state()).isEqualTo(RampState.RAMP_STATE_SUSPENDED);
    assertThat(get("e").getRamp().getReason()).contains("75 % is no step");
    // Back on a step it goes on from there, with that step's own exposures.
    setCoverage(0.5);
    var _ = experiments.pauseExperiment(change("e"));
    assertThat(state()).isEqualTo(RampState.RAMP_STATE_SUSPENDED);
    var _ = experiments.startExperiment(change("e"));
    assertThat(state()).isIn(RampState.RAMP_STATE_WAITING, RampState.RAMP_STATE_HELD);
    classify(300);
    await().atMost(LIMIT).until(() -> coverage() == 1);
    var _ = experiments.killExperiment(change("e"));
    assertThat(get("e").hasRamp()).isFalse();
  }

  @Test
  void apply_withoutCoverage_leavesThatOfAPlanUnderWay() {
    run(ramped(3_600_000, 0.25, 0.5, 1));
    setCoverage(0.5);
    assertThat(apply(ramped(3_600_000, 0.25, 0.5, 1)).getStatus().getVersion()).isEqualTo(3);
    assertThat(coverage()).isEqualTo(0.5);
    var _ =
        apply(ramped(3_600_000, 0.25, 0.5, 1).setDescription("more")); // And with another change.
    assertThat(coverage()).isEqualTo(0.5);
    var _ = apply(ramped(3_600_000, 0.25, 0.5, 1).setCoverage(0.25));
    assertThat(coverage()).isEqualTo(0.25);
    assertThat(state()).isEqualTo(RampState.RAMP_STATE_WAITING);
  }
}
