package dev.offramp.server;

import dev.offramp.assignment.Assignment;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.ApplyExperimentResponse;
import dev.offramp.v1.Arm;
import dev.offramp.v1.Better;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.Guardrail;
import dev.offramp.v1.Metric;
import dev.offramp.v1.ReportOutcomeRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Experiments on a whole server, over its own protocol; only the kernels are the plain Java ones.
 */
@Timeout(120)
abstract class ExperimentsFixture {

  @TempDir Path temporary;

  Path artifact;
  OfframpServer server;
  Calls calls;
  ExperimentServiceGrpc.ExperimentServiceBlockingStub experiments;

  @BeforeEach
  void serve() throws IOException {
    artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
    start();
  }

  final void start() throws IOException {
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

  static Experiment.Builder experiment(String name) {
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

  /** No arm may have a tenth more complaints than the first. */
  static Guardrail.Builder complaints() {
    return Guardrail.newBuilder()
        .setMetric(
            Metric.newBuilder()
                .setName("complaint")
                .setBetter(Better.BETTER_LOWER)
                .setMin(0)
                .setMax(1)
                .setMargin(0.1));
  }

  ApplyExperimentResponse apply(Experiment.Builder experiment) {
    return experiments.applyExperiment(
        ApplyExperimentRequest.newBuilder()
            .setExperiment(experiment)
            .setWho("ann")
            .setWhy("try it")
            .build());
  }

  static ChangeRequest change(String name) {
    return ChangeRequest.newBuilder().setName(name).setWho("ann").setWhy("because").build();
  }

  void run(Experiment.Builder experiment) {
    apply(experiment);
    experiments.startExperiment(change(experiment.getName()));
  }

  static ClassifyRequest.Builder request(String unit) {
    return ClassifyRequest.newBuilder().setText("a good film").setTier("x2").setUnit(unit);
  }

  GetExperimentResponse get(String name) {
    return experiments.getExperiment(GetExperimentRequest.newBuilder().setName(name).build());
  }

  static Status statusOf(Runnable call) {
    try {
      call.run();
      throw new AssertionError("answered");
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  /** A unit of an arm, by the published function alone. */
  static String unitOf(int arm) {
    Assignment assignment = Assignment.of("e", List.of(0.5, 0.5), 1);
    for (int i = 0; ; i++) {
      if (assignment.arm("user-" + i) == arm) {
        return "user-" + i;
      }
    }
  }

  void report(String unit, double value) {
    report(ReportOutcomeRequest.newBuilder().setUnit(unit), value);
  }

  void reportRequest(String id, double value) {
    report(ReportOutcomeRequest.newBuilder().setRequestId(id), value);
  }

  private void report(ReportOutcomeRequest.Builder subject, double value) {
    report(subject.setReportId("the one").setValue(value));
  }

  void report(ReportOutcomeRequest.Builder outcome) {
    var _ = experiments.reportOutcome(outcome.setName("conversion").build());
  }
}
