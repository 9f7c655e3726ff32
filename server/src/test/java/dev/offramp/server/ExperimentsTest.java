package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import dev.offramp.assignment.Assignment;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.ApplyExperimentResponse;
import dev.offramp.v1.ApplyOutcome;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.Better;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitRule;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.ExperimentState;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.Guardrail;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.Metric;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.PromoteArmRequest;
import dev.offramp.v1.ReportOutcomeRequest;
import dev.offramp.v1.SetCoverageRequest;
import dev.offramp.v1.UnitKind;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Experiments on a whole server, over its own protocol; only the kernels are the plain Java ones.
 */
@Timeout(120)
class ExperimentsTest {

  @TempDir private Path temporary;

  private Path artifact;
  private OfframpServer server;
  private Calls calls;
  private ExperimentServiceGrpc.ExperimentServiceBlockingStub experiments;

  @BeforeEach
  void serve() throws IOException {
    artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
    start();
  }

  private void start() throws IOException {
    var state =
        new StateSettings(
            temporary.resolve("state"),
            Optional.empty(),
            Duration.ofMillis(100),
            Duration.ofMillis(20));
    server = OfframpServer.start(TestSettings.of(state, artifact), TestArtifacts.REFERENCE);
    calls = new Calls(server.port());
    experiments = ExperimentServiceGrpc.newBlockingStub(calls.channel());
  }

  @AfterEach
  void stop() {
    calls.close();
    server.close();
  }

  private static Experiment.Builder experiment(String name) {
    return Experiment.newBuilder()
        .setName(name)
        .setModel("sst2")
        .addArms(Arm.newBuilder().setName("control").setWeight(0.5).setTier("full"))
        .addArms(Arm.newBuilder().setName("bold").setWeight(0.5).setTier("x3"))
        .setMetric(
            Metric.newBuilder()
                .setName("conversion")
                .setBetter(Better.BETTER_HIGHER)
                .setMin(0)
                .setMax(1));
  }

  private ApplyExperimentResponse apply(Experiment.Builder experiment) {
    return experiments.applyExperiment(
        ApplyExperimentRequest.newBuilder()
            .setExperiment(experiment)
            .setWho("ann")
            .setWhy("try it")
            .build());
  }

  private static ChangeRequest change(String name) {
    return ChangeRequest.newBuilder().setName(name).setWho("ann").setWhy("because").build();
  }

  private void run(Experiment.Builder experiment) {
    apply(experiment);
    experiments.startExperiment(change(experiment.getName()));
  }

  private static ClassifyRequest.Builder request(String unit) {
    return ClassifyRequest.newBuilder().setText("a good film").setTier("x2").setUnit(unit);
  }

  private GetExperimentResponse get(String name) {
    return experiments.getExperiment(GetExperimentRequest.newBuilder().setName(name).build());
  }

  private static Status statusOf(Runnable call) {
    try {
      call.run();
      throw new AssertionError("answered");
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  /** A unit of an arm, by the published function alone. */
  private static String unitOf(int arm) {
    Assignment assignment = Assignment.of("e", List.of(0.5, 0.5), 1);
    for (int i = 0; ; i++) {
      if (assignment.arm("user-" + i) == arm) {
        return "user-" + i;
      }
    }
  }

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

  private void report(String unit, double value) {
    var _ =
        experiments.reportOutcome(
            ReportOutcomeRequest.newBuilder()
                .setUnit(unit)
                .setName("conversion")
                .setValue(value)
                .build());
  }

  @Test
  void classify_requestsAreSplit_byTheirIds() {
    run(experiment("e").setUnit(UnitKind.UNIT_KIND_REQUEST));
    Assignment assignment = Assignment.of("e", List.of(0.5, 0.5), 1);
    for (int i = 0; i < 20; i++) {
      ClassifyResponse response = calls.classify(request(""));
      assertThat(response.getArm())
          .isEqualTo(assignment.arm(response.getRequestId()) == 0 ? "control" : "bold");
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
    await().until(() -> get("e").getArms(1).getNotApplied().getNotServed() == 1);
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
        .contains("e is STOPPED", "does not lead to RUNNING");
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
  void guardrail_broken_stopsTheExperiment_onceAndSaysWhy() {
    run(
        experiment("e")
            .setUnit(UnitKind.UNIT_KIND_REQUEST)
            .addGuardrails(
                Guardrail.newBuilder()
                    .setMetric(
                        Metric.newBuilder()
                            .setName("complaint")
                            .setBetter(Better.BETTER_LOWER)
                            .setMin(0)
                            .setMax(1)
                            .setMargin(0.1))));
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
    assertThat(log).extracting(AuditEntry::getAction).containsExactly("stop", "start", "create");
    assertThat(log.getFirst().getWho()).isEqualTo("offramp");
    assertThat(log.getFirst().getWhy())
        .isEqualTo("guardrail broken by arm bold: complaint +1.000 against control");
    assertThat(calls.classify(request("")).getExperiment()).isEmpty();
  }

  @Test
  void badInput_isRefusedWithFieldAndReason_andChangesNothing() {
    run(experiment("e"));
    var wrongWeights = experiment("f");
    wrongWeights.getArmsBuilder(0).setWeight(0.7);
    refused(() -> apply(wrongWeights), Status.Code.INVALID_ARGUMENT, "weights", "together 1.2");
    var noTier = experiment("f");
    noTier.getArmsBuilder(1).setTier("x9");
    refused(
        () -> apply(noTier), Status.Code.FAILED_PRECONDITION, "arms: bold: tier: 'x9'", "risk0.1");
    refused(
        () -> apply(experiment("f").setCertified(true)),
        Status.Code.FAILED_PRECONDITION,
        "arms: bold: tier: 'x3'",
        "no certificate");
    refused(
        () -> apply(experiment("f").setModel("other")), Status.Code.FAILED_PRECONDITION, "model");
    apply(experiment("f"));
    refused(
        () -> experiments.startExperiment(change("f")),
        Status.Code.FAILED_PRECONDITION,
        "namespace: f overlaps with e");
    refused(
        () ->
            apply(
                experiment("e")
                    .addGuardrails(Guardrail.newBuilder().setMetric(experiment("e").getMetric()))),
        Status.Code.INVALID_ARGUMENT,
        "metric, guardrails");
    var otherArms = experiment("e");
    otherArms.getArmsBuilder(1).setTier("x2");
    refused(() -> apply(otherArms), Status.Code.FAILED_PRECONDITION, "arms: ");
    refused(
        () -> experiments.pauseExperiment(change("e").toBuilder().setExpectedVersion(1).build()),
        Status.Code.FAILED_PRECONDITION,
        "expected_version: 1 (expected: 2");
    refused(
        () -> experiments.pauseExperiment(change("e").toBuilder().clearWhy().build()),
        Status.Code.INVALID_ARGUMENT,
        "why");
    refused(
        () -> experiments.pauseExperiment(change("nobody")),
        Status.Code.NOT_FOUND,
        "known: [e, f]");
    refused(
        () ->
            experiments.promoteArm(
                PromoteArmRequest.newBuilder().setChange(change("e")).setArm("bald").build()),
        Status.Code.NOT_FOUND,
        "known to e: [control, bold]");
    assertThat(get("e").getStatus().getVersion()).isEqualTo(2);
  }

  @Test
  void reportOutcome_badValues_areRefused() {
    run(experiment("e"));
    refused(() -> report("u", Double.NaN), Status.Code.INVALID_ARGUMENT, "value: NaN");
    refused(() -> report("u", 1.5), Status.Code.INVALID_ARGUMENT, "value: 1.5", "0.0 to 1.0");
    refused(() -> report("", 1), Status.Code.INVALID_ARGUMENT, "unit: ''");
    refused(() -> report("a\0b", 1), Status.Code.INVALID_ARGUMENT, "without NUL");
    var ahead =
        ReportOutcomeRequest.newBuilder()
            .setUnit("u")
            .setName("conversion")
            .setValue(1)
            .setAt(Timestamp.newBuilder().setSeconds(Instant.now().getEpochSecond() + 3600));
    refused(
        () -> experiments.reportOutcome(ahead.build()),
        Status.Code.INVALID_ARGUMENT,
        "at: ",
        "5 minutes ahead");
    refused(
        () -> experiments.reportOutcome(ahead.clearUnit().build()),
        Status.Code.INVALID_ARGUMENT,
        "subject: not given");
    refused(
        () -> experiments.reportOutcome(ahead.setUnit("u").clearValue().build()),
        Status.Code.INVALID_ARGUMENT,
        "value: not given");
  }

  @Test
  void classify_badUnit_isRefused() {
    assertThat(calls.statusOf(request("a\0b")).getDescription()).contains("unit: ");
    assertThat(calls.statusOf(request("x".repeat(257))).getDescription()).contains("256 bytes");
    assertThat(calls.statusOf(request("u").putMetadata("", "v")).getDescription())
        .contains("metadata");
  }

  @Test
  void start_directoryOfARunningServer_isRefused() {
    var state = StateSettings.of(temporary.resolve("state"), Optional.empty());
    assertThatThrownBy(
            () -> OfframpServer.start(TestSettings.of(state, artifact), TestArtifacts.REFERENCE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another server keeps its state there");
  }

  private static void refused(Runnable call, Status.Code code, String... words) {
    Status status = statusOf(call);
    assertThat(status.getCode()).as(String.valueOf(status.getDescription())).isEqualTo(code);
    assertThat(status.getDescription()).contains(words);
  }
}
