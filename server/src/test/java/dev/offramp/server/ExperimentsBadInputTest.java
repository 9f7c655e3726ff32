package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.Guardrail;
import dev.offramp.v1.NamespaceRange;
import dev.offramp.v1.PromoteArmRequest;
import dev.offramp.v1.ReportOutcomeRequest;
import dev.offramp.v1.UnitKind;
import io.grpc.Status;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What experiments refuse. */
class ExperimentsBadInputTest extends ExperimentsFixture {

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
  void metric_boundedOtherwiseThanByOneUnderWay_isRefused() {
    run(experiment("e").setNamespace(half("n", 0)));
    var other = experiment("f").setNamespace(half("n", 0.5));
    other.getMetricBuilder().setMax(5);
    apply(other);
    refused(
        () -> experiments.startExperiment(change("f")),
        Status.Code.FAILED_PRECONDITION,
        "metric: conversion: min, max: 0.0, 5.0 (expected: 0.0, 1.0, as e has it");
    experiments.stopExperiment(change("e"));
    experiments.startExperiment(change("f"));
    report("u", 5);
  }

  private static NamespaceRange half(String name, double from) {
    return NamespaceRange.newBuilder().setName(name).setFrom(from).setTo(from + 0.5).build();
  }

  @Test
  void reportOutcome_badValues_areRefused() {
    run(experiment("e"));
    refused(() -> report("u", Double.NaN), Status.Code.INVALID_ARGUMENT, "value: NaN");
    refused(() -> report("u", 1.5), Status.Code.INVALID_ARGUMENT, "value: 1.5", "0.0 to 1.0");
    refused(() -> report("", 1), Status.Code.INVALID_ARGUMENT, "unit: ''");
    refused(() -> report("a\0b", 1), Status.Code.INVALID_ARGUMENT, "without NUL");
    refused(
        () -> reportRequest("0".repeat(32) + ".e.bold", 1),
        Status.Code.INVALID_ARGUMENT,
        "one that an answer said",
        "e does not split requests");
    refused(
        () -> reportRequest("0".repeat(32) + ".nobody.bold", 1),
        Status.Code.INVALID_ARGUMENT,
        "there is no experiment nobody");
    apply(experiment("f").setUnit(UnitKind.UNIT_KIND_REQUEST));
    refused(
        () -> reportRequest("0".repeat(32) + ".f.bald", 1),
        Status.Code.INVALID_ARGUMENT,
        "f has no arm bald");
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
