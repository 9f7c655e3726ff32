package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import dev.offramp.assignment.Assignment;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.ApplyOutcome;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.ExperimentState;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.PromoteArmRequest;
import dev.offramp.v1.ReportOutcomeRequest;
import dev.offramp.v1.SetCoverageRequest;
import dev.offramp.v1.UnitKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What experiments do to requests, and what is counted. */
class ExperimentsTest extends ExperimentsFixture {

  @Test
  void classify_unitInARunningExperiment_isAnsweredAsItsArmSays() {
    run(experiment("e"));
    ClassifyResponse control = calls.classify(request(unitOf(0)));
    assertThat(control.getExperiment()).isEqualTo("e");
    assertThat(control.getArm()).isEqualTo("control");
    assertThat(control.getExitDepth()).isEqualTo(4);
    assertThat(control.getAppliedTier()).isEqualTo("full");
    assertThat(control.getTier()).isEqualTo("x2");
    assertThat(control.getExposureCounted()).isTrue();
    assertThat(control.getRequestId()).hasSize(32);
    ClassifyResponse bold = calls.classify(request(unitOf(1)).setRequestId("mine"));
    assertThat(bold.getArm()).isEqualTo("bold");
    assertThat(bold.getAppliedTier()).isEqualTo("x3");
    assertThat(bold.getRequestId()).isEqualTo("mine");
    assertThat(bold.getExitRule().getPatience().getPatience()).isEqualTo(1);
  }

  @Test
  void classify_requestsThatSayOtherwise_areAnsweredAsAsked() {
    run(experiment("e"));
    String unit = unitOf(0);
    List<ClassifyRequest.Builder> others =
        List.of(
            request(unit).setNoExperiment(true),
            request(unit).setModelVersion("1"),
            request(""),
            request(unit)
                .setExitRule(
                    ExitRule.newBuilder().setPatience(PatienceRule.newBuilder().setPatience(1))));
    for (ClassifyRequest.Builder other : others) {
      ClassifyResponse response = calls.classify(other);
      assertThat(response.getExperiment()).isEmpty();
      assertThat(response.getExposureCounted()).isFalse();
      assertThat(response.getExitRule()).isNotEqualTo(ExitRule.getDefaultInstance());
    }
    experiments.pauseExperiment(change("e"));
    assertThat(calls.classify(request(unit)).getExperiment()).isEmpty();
    experiments.startExperiment(change("e"));
    assertThat(calls.classify(request(unit)).getArm()).isEqualTo("control");
    experiments.killExperiment(change("e"));
    assertThat(calls.classify(request(unit)).getExperiment()).isEmpty();
  }

  @Test
  void report_withoutAnId_isToldApartByItsTime() throws IOException {
    run(experiment("e"));
    String bold = unitOf(1);
    calls.classify(request(bold));
    var at = Timestamp.newBuilder().setSeconds(Instant.now().getEpochSecond());
    for (int nightly = 0; nightly < 2; nightly++) {
      for (int nanos : new int[] {1_000, 2_000}) {
        report(
            ReportOutcomeRequest.newBuilder()
                .setUnit(bold)
                .setValue(0.1)
                .setAt(at.clone().setNanos(nanos)));
      }
    }
    report(ReportOutcomeRequest.newBuilder().setUnit(bold).setValue(0.25));
    report(ReportOutcomeRequest.newBuilder().setUnit(bold).setValue(0.25));
    stop();
    start();
    assertThat(get("e").getArms(1).getMetricsList())
        .filteredOn(metric -> metric.getName().equals("conversion"))
        .singleElement()
        .satisfies(metric -> assertThat(metric.getSum()).isCloseTo(0.7, within(1e-9)));
  }

  @Test
  void counts_exposuresAndOutcomes_areJoined_alsoAfterARestart() throws IOException {
    run(experiment("e"));
    String bold = unitOf(1);
    for (int i = 0; i < 3; i++) {
      calls.classify(request(bold));
    }
    calls.classify(request(unitOf(0)));
    report(bold, 1);
    report(bold, 1);
    stop();
    start();
    GetExperimentResponse counted = get("e");
    assertThat(counted.getStatus().getState()).isEqualTo(ExperimentState.EXPERIMENT_STATE_RUNNING);
    ArmCounts counts = counted.getArms(1);
    assertThat(counts.getArm()).isEqualTo("bold");
    assertThat(counts.getExposures()).isEqualTo(3);
    assertThat(counts.getUnits()).isEqualTo(1);
    assertThat(counts.getExitDepthSum())
        .isEqualTo(3L * counts.getExitDepthsList().lastIndexOf(3L) + 3);
    assertThat(counts.hasLatency()).isTrue();
    assertThat(counts.getMetricsList())
        .anySatisfy(metric -> {
          assertThat(metric.getName()).isEqualTo("conversion");
          assertThat(metric.getN()).isEqualTo(1);
          assertThat(metric.getSum()).isEqualTo(1);
        });
    assertThat(counted.getArms(0).getExposures()).isEqualTo(1);
    assertThat(counted.getCrossedUnits()).isZero();
    assertThat(calls.classify(request(bold)).getArm()).isEqualTo("bold");
  }

  @Test
  void classify_requestsAreSplit_byTheRandomPartOfTheirIds() {
    run(experiment("e").setUnit(UnitKind.UNIT_KIND_REQUEST));
    Assignment assignment = Assignment.of("e", List.of(0.5, 0.5), 1);
    for (int i = 0; i < 20; i++) {
      ClassifyResponse response = calls.classify(request(""));
      String id = response.getRequestId();
      String random = id.substring(0, 32);
      assertThat(response.getArm()).isEqualTo(assignment.arm(random) == 0 ? "control" : "bold");
      assertThat(id).isEqualTo("%s.e.%s", random, response.getArm());
    }
  }

  @Test
  void reportOutcome_ofRequests_countsInTheArmThatTheIdSays() throws Exception {
    run(experiment("e").setUnit(UnitKind.UNIT_KIND_REQUEST));
    var reported = new HashMap<String, Integer>();
    for (int i = 0; i < 20; i++) {
      ClassifyResponse response = calls.classify(request(""));
      if (i % 2 == 0) {
        reported.merge(response.getArm(), 1, Integer::sum);
        reportRequest(response.getRequestId(), 1);
        reportRequest(response.getRequestId(), 1);
      }
    }
    ClassifyResponse own = calls.classify(request("").setRequestId("the caller's"));
    assertThat(own.getRequestId()).isEqualTo("the caller's");
    reported.merge(own.getArm(), 1, Integer::sum);
    reportRequest("the caller's", 1);
    stop();
    start();
    GetExperimentResponse counted = get("e");
    assertThat(counted.getArmsList().stream().mapToLong(ArmCounts::getUnits).sum()).isEqualTo(21);
    for (ArmCounts arm : counted.getArmsList()) {
      assertThat(arm.getUnits()).isEqualTo(arm.getExposures());
      assertThat(arm.getMetricsList())
          .anySatisfy(metric -> {
            assertThat(metric.getName()).isEqualTo("conversion");
            assertThat(metric.getN()).isEqualTo((long) reported.getOrDefault(arm.getArm(), 0));
          });
    }
  }

  @Test
  void classify_ruleAndVersionArms_areApplied() {
    Path next = TestArtifacts.write(temporary.resolve("next.offramp"), "sst2", "2");
    server.models().load(next, "candidate");
    server.models().label("sst2", "1", "stable");
    var experiment = experiment("e").clearArms();
    experiment.addArms(
        Arm.newBuilder()
            .setName("control")
            .setWeight(0.5)
            .setExitRule(
                ExitRule.newBuilder().setPatience(PatienceRule.newBuilder().setPatience(3))));
    experiment.addArms(
        Arm.newBuilder().setName("next").setWeight(0.5).setModelVersion("@candidate"));
    run(experiment);
    ClassifyResponse rule = calls.classify(request(unitOf(0)));
    assertThat(rule.getExitRule().getPatience().getPatience()).isEqualTo(3);
    assertThat(rule.getAppliedTier()).isEmpty();
    ClassifyResponse version = calls.classify(request(unitOf(1)));
    assertThat(version.getModelVersion()).isEqualTo("2");
    assertThat(version.getAppliedTier()).isEqualTo("x2");
    server.models().retire("sst2", "2", true);
    ClassifyResponse gone = calls.classify(request(unitOf(1)));
    assertThat(gone.getModelVersion()).isEqualTo("1");
    assertThat(gone.getArm()).isEqualTo("next");
    assertThat(gone.getExposureCounted()).isFalse();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> get("e").getArms(1).getNotApplied().getNotServed() == 1);
    assertThat(server.models().leaving()).isEmpty();
  }

  @Test
  void promote_appliesTheWinnerToAll_untilStopped() {
    run(experiment("e").setCoverage(0.1));
    experiments.promoteArm(
        PromoteArmRequest.newBuilder().setChange(change("e")).setArm("bold").build());
    for (int i = 0; i < 5; i++) {
      ClassifyResponse response = calls.classify(request("user-" + i));
      assertThat(response.getAppliedTier()).isEqualTo("x3");
      assertThat(response.getExposureCounted()).isFalse();
    }
    experiments.stopExperiment(change("e"));
    assertThat(calls.classify(request("user-1")).getAppliedTier()).isEqualTo("x2");
    assertThat(statusOf(() -> experiments.startExperiment(change("e"))).getDescription())
        .contains("e is STOPPED", "does not lead to RUNNING", "a new one, under another name");
  }

  @Test
  void apply_declaratively_createsChangesAndLeavesAlone_andLogsEachChange() {
    assertThat(apply(experiment("e")).getOutcome()).isEqualTo(ApplyOutcome.APPLY_OUTCOME_CREATED);
    assertThat(apply(experiment("e")).getOutcome()).isEqualTo(ApplyOutcome.APPLY_OUTCOME_UNCHANGED);
    ApplyExperimentRequest.Builder wider =
        ApplyExperimentRequest.newBuilder()
            .setExperiment(experiment("e").setCoverage(0.5))
            .setWho("ann")
            .setWhy("less")
            .setDryRun(true);
    assertThat(experiments.applyExperiment(wider.build()).getOutcome())
        .isEqualTo(ApplyOutcome.APPLY_OUTCOME_CHANGED);
    assertThat(get("e").getStatus().getVersion()).isEqualTo(1);
    assertThat(experiments.applyExperiment(wider.setDryRun(false).build()).getStatus().getVersion())
        .isEqualTo(2);
    experiments.startExperiment(change("e"));
    experiments.setCoverage(
        SetCoverageRequest.newBuilder().setChange(change("e")).setCoverage(0.75).build());
    List<AuditEntry> log =
        experiments
            .listAuditLog(ListAuditLogRequest.newBuilder().setName("e").build())
            .getEntriesList();
    assertThat(log)
        .extracting(AuditEntry::getAction)
        .containsExactly("coverage", "start", "change", "create");
    assertThat(log).extracting(AuditEntry::getVersion).containsExactly(4L, 3L, 2L, 1L);
    assertThat(log.getFirst().getExperiment().getCoverage()).isEqualTo(0.75);
    assertThat(log.getFirst().getWho()).isEqualTo("ann");
  }

  @Test
  void guardrail_brokenByTheOnlyOther_stopsTheExperiment_onceAndSaysWhy() {
    run(experiment("e").setUnit(UnitKind.UNIT_KIND_REQUEST).addGuardrails(complaints()));
    for (int i = 0; i < 200; i++) {
      ClassifyResponse response = calls.classify(request("").setRequestId("request-" + i));
      var _ =
          experiments.reportOutcome(
              ReportOutcomeRequest.newBuilder()
                  .setRequestId(response.getRequestId())
                  .setName("complaint")
                  .setValue(response.getArm().equals("bold") ? 1 : 0)
                  .build());
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> get("e").getStatus().getState() == ExperimentState.EXPERIMENT_STATE_STOPPED);
    List<AuditEntry> log =
        experiments
            .listAuditLog(ListAuditLogRequest.newBuilder().setName("e").build())
            .getEntriesList();
    assertThat(log)
        .extracting(AuditEntry::getAction)
        .containsExactly("stop-arm", "start", "create");
    assertThat(log.getFirst().getWho()).isEqualTo("offramp");
    assertThat(log.getFirst().getWhy())
        .isEqualTo("guardrail broken by arm bold: complaint +1.000 against control");
    assertThat(calls.classify(request("")).getExperiment()).isEmpty();
  }
}
