package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.experiment.state.PostgresServer;
import dev.offramp.server.experiment.state.RequiresPostgres;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.Better;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.ExperimentServiceGrpc.ExperimentServiceBlockingStub;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.Metric;
import dev.offramp.v1.MetricSums;
import dev.offramp.v1.RampPlan;
import dev.offramp.v1.ReportOutcomeRequest;
import dev.offramp.v1.UnitKind;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that share a PostgreSQL, which goes away and comes back. */
@RequiresPostgres
@Timeout(240)
class SharedStateTest {

  private static final int UNITS = 40;

  @TempDir private Path temporary;

  private PostgresServer postgres;
  private Path artifact;
  private final List<OfframpServer> servers = new ArrayList<>();
  private final List<Calls> calls = new ArrayList<>();

  @BeforeEach
  void start() throws IOException, InterruptedException {
    postgres = PostgresServer.start();
    artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
  }

  @AfterEach
  void stop() throws IOException {
    calls.forEach(Calls::close);
    servers.forEach(OfframpServer::close);
    postgres.close();
  }

  private void startReplica(String name) throws IOException {
    serve(TestSettings.of(state(name, postgres.url()), artifact));
  }

  private StateSettings state(String name, String url) {
    return new StateSettings(
        temporary.resolve(name), Optional.of(url), Duration.ofMillis(100), Duration.ofMillis(20));
  }

  private void serve(ServerSettings settings) throws IOException {
    OfframpServer server = OfframpServer.start(settings, TestArtifacts.REFERENCE);
    servers.add(server);
    calls.add(new Calls(server.port()));
  }

  private ExperimentServiceBlockingStub experiments(int replica) {
    return ExperimentServiceGrpc.newBlockingStub(calls.get(replica).channel());
  }

  private static ChangeRequest change() {
    return ChangeRequest.newBuilder().setName("e").setWho("ann").setWhy("test").build();
  }

  private static Experiment.Builder experiment() {
    return Experiment.newBuilder()
        .setName("e")
        .setModel("sst2")
        .addArms(Arm.newBuilder().setName("control").setWeight(0.5).setTier("full"))
        .addArms(Arm.newBuilder().setName("bold").setWeight(0.5).setTier("x3"))
        .setMetric(Metric.newBuilder().setName("conversion").setBetter(Better.BETTER_HIGHER));
  }

  private void run() {
    run(experiment());
  }

  private void run(Experiment.Builder experiment) {
    var _ =
        experiments(0)
            .applyExperiment(
                ApplyExperimentRequest.newBuilder()
                    .setExperiment(experiment)
                    .setWho("ann")
                    .setWhy("test")
                    .build());
    var _ = experiments(0).startExperiment(change());
  }

  /** The arms of all units, as a replica answers them. */
  private Map<String, String> arms(int replica) {
    var arms = new HashMap<String, String>();
    for (int i = 0; i < UNITS; i++) {
      String unit = "user-" + i;
      arms.put(
          unit,
          calls
              .get(replica)
              .classify(ClassifyRequest.newBuilder().setText("good").setTier("x2").setUnit(unit))
              .getArm());
    }
    return arms;
  }

  private void report(int replica, int unit) {
    var _ =
        experiments(replica)
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setUnit("user-" + unit)
                    .setName("conversion")
                    .setValue(1)
                    .setReportId("the one")
                    .build());
  }

  private List<ArmCounts> counts(int replica) {
    return experiments(replica)
        .getExperiment(GetExperimentRequest.newBuilder().setName("e").build())
        .getArmsList();
  }

  private static long exposures(List<ArmCounts> arms) {
    return arms.stream().mapToLong(ArmCounts::getExposures).sum();
  }

  @Test
  void replicas_databaseAwayAndBack_moveNobodyAndLoseNothing() throws Exception {
    startReplica("a");
    startReplica("b");
    run();
    Map<String, String> expected = arms(0);
    assertThat(expected.values()).contains("control", "bold").doesNotContain("");
    await()
        .until(() ->
            !calls
                .get(1)
                .classify(
                    ClassifyRequest.newBuilder().setText("good").setTier("x2").setUnit("user-0"))
                .getArm()
                .isEmpty());
    assertThat(arms(1)).isEqualTo(expected);
    long exposuresOfB = UNITS + 1;

    postgres.stop();
    assertThat(arms(0)).isEqualTo(expected);
    assertThat(arms(1)).isEqualTo(expected);
    for (int i = 0; i < UNITS; i++) {
      report(i % 2, i);
      report(1, i); // Twice for some: a caller that got no answer.
    }
    try {
      var _ = experiments(0).pauseExperiment(change());
      throw new AssertionError("paused");
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
    // A replica that restarts meanwhile knows what it knew.
    calls.get(1).close();
    servers.get(1).close();
    startReplica("b");
    assertThat(arms(2)).isEqualTo(expected);

    postgres.restart();
    long all = UNITS + exposuresOfB + 3L * UNITS;
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> exposures(counts(0)) >= all);
    List<ArmCounts> counted = counts(2);
    assertThat(exposures(counted)).isEqualTo(all);
    assertThat(counted.stream().mapToLong(ArmCounts::getUnits).sum()).isEqualTo(UNITS);
    assertThat(
            counted.stream()
                .flatMap(arm -> arm.getMetricsList().stream())
                .filter(metric -> metric.getName().equals("conversion"))
                .mapToDouble(MetricSums::getSum)
                .sum())
        .isEqualTo(UNITS);
  }

  @Test
  void replicas_rampPlan_takeEachStepOnce_andNoneBeforeItsDwell() throws Exception {
    startReplica("a");
    startReplica("b");
    startReplica("c");
    Duration dwell = Duration.ofSeconds(2);
    run(
        Experiment.newBuilder()
            .setName("e")
            .setModel("sst2")
            .setUnit(UnitKind.UNIT_KIND_REQUEST)
            .addArms(Arm.newBuilder().setName("control").setWeight(0.5).setTier("full"))
            .addArms(Arm.newBuilder().setName("bold").setWeight(0.5).setTier("x3"))
            .setMetric(Metric.newBuilder().setName("conversion").setBetter(Better.BETTER_HIGHER))
            .setRamp(
                RampPlan.newBuilder()
                    .addAllSteps(List.of(0.5, 0.75, 1.0))
                    .setDwell(
                        com.google.protobuf.Duration.newBuilder().setSeconds(dwell.toSeconds()))));
    // Whoever is killed meanwhile has taken a step for good, or not at all; here it is the
    // database.
    classify(100);
    await().atMost(Duration.ofSeconds(60)).until(() -> coverage() == 0.75);
    postgres.stop();
    classify(100);
    postgres.restart();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> {
          classify(10);
          return coverage() == 1;
        });
    List<AuditEntry> log =
        experiments(2)
            .listAuditLog(ListAuditLogRequest.newBuilder().setName("e").build())
            .getEntriesList();
    assertThat(log)
        .extracting(AuditEntry::getAction)
        .containsExactly("ramp", "ramp", "start", "create");
    assertThat(log)
        .extracting(entry -> entry.getExperiment().getCoverage())
        .containsExactly(1.0, 0.75, 0.5, 0.5);
    assertThat(log.subList(0, 2)).allMatch(entry -> entry.getWho().equals("offramp"));
    for (int step = 0; step < 2; step++) {
      assertThat(Duration.between(at(log.get(step + 1)), at(log.get(step))))
          .isGreaterThanOrEqualTo(dwell);
    }
  }

  @Test
  void close_lookThatTheDatabaseKeeps_isCutOff() throws Exception {
    startReplica("a");
    run(
        experiment()
            .setRamp(
                RampPlan.newBuilder()
                    .addAllSteps(List.of(0.5, 1.0))
                    .setDwell(com.google.protobuf.Duration.newBuilder().setSeconds(3_600))));
    try (var connection = DriverManager.getConnection(postgres.url());
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE exposed_unit IN ACCESS EXCLUSIVE MODE");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            try (var waiting = statement.executeQuery("SELECT 1 FROM pg_locks WHERE NOT granted")) {
              return waiting.next();
            }
          });
      servers.getFirst().close();
    }
  }

  @Test
  void close_databaseFellSilent_endsAllTheSame_andTheNextStartCountsWhatIsLeft() throws Exception {
    try (var relay = new Relay(postgres.port())) {
      // Short statements do not give up by themselves.
      String url = relay.of(postgres.url()) + "&socketTimeout=0";
      serve(TestSettings.hasty(state("a", url), artifact));
      run();
      arms(0);
      await().atMost(Duration.ofMinutes(1)).until(() -> exposures(counts(0)) == UNITS);
      relay.fallSilent();
      arms(0);
      calls.getFirst().close();
      Thread closing = Thread.ofPlatform().start(servers.getFirst()::close);
      assertThat(closing.join(Duration.ofMinutes(2))).isTrue();
      assertThat(temporary.resolve("a").resolve("journal")).isNotEmptyDirectory();
    }
    startReplica("a");
    await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .until(() -> exposures(counts(1)) == 2 * UNITS);
  }

  private static Instant at(AuditEntry entry) {
    return Instant.ofEpochSecond(entry.getAt().getSeconds(), entry.getAt().getNanos());
  }

  private double coverage() {
    return experiments(0)
        .getExperiment(GetExperimentRequest.newBuilder().setName("e").build())
        .getStatus()
        .getExperiment()
        .getCoverage();
  }

  /** So many requests to each replica. */
  private void classify(int requests) {
    for (Calls replica : calls) {
      for (int i = 0; i < requests; i++) {
        replica.classify(ClassifyRequest.newBuilder().setText("good").setTier("x2"));
      }
    }
  }
}
