package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.client.Answer;
import dev.offramp.client.ExperimentAdmin.Cause;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import dev.offramp.server.experiment.state.PostgresServer;
import dev.offramp.server.experiment.state.RequiresPostgres;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.Better;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.Metric;
import dev.offramp.v1.MetricSums;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three servers, each a process of its own, on one PostgreSQL; what can be killed is killed. */
@RequiresPostgres
@Timeout(300)
final class ReplicasIT {

  private static final int REPLICAS = 3;

  @TempDir private Path work;

  private PostgresServer postgres;
  private Path artifact;
  private final List<Replica> replicas = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    postgres = PostgresServer.start();
    artifact = work.resolve("sst2.offramp");
    var _ = Workshop.compile(Workshop.home().resolve("models/sst2-small"), artifact);
    replicas.addAll(startReplicas(IntStream.range(0, REPLICAS).toArray()));
  }

  @AfterEach
  void stop() throws IOException {
    replicas.forEach(Replica::close);
    postgres.close();
  }

  /** Starts some at the same time, each on its own directory. */
  private List<Replica> startReplicas(int... numbers) throws Exception {
    try (var starters = Executors.newFixedThreadPool(REPLICAS)) {
      var starting = new ArrayList<Future<Replica>>();
      for (int number : numbers) {
        Path state = work.resolve("state-" + number);
        starting.add(starters.submit(() -> Replica.start(artifact, state, postgres.url())));
      }
      var started = new ArrayList<Replica>();
      for (Future<Replica> replica : starting) {
        started.add(replica.get());
      }
      return started;
    }
  }

  /** Other processes in the place of killed ones, on the same directories. */
  private void restart(ReplicasLoad load, int... numbers) throws Exception {
    for (int number : numbers) {
      replicas.get(number).close();
    }
    List<Replica> started = startReplicas(numbers);
    for (int i = 0; i < numbers.length; i++) {
      replicas.set(numbers[i], started.get(i));
      load.replace(numbers[i], started.get(i));
    }
  }

  private void run() {
    try (var admin = replicas.getFirst().experiments()) {
      var cause = new Cause("ann", "test");
      var _ =
          admin.apply(
              Experiment.newBuilder()
                  .setName("e")
                  .setModel("sst2-small")
                  .addArms(Arm.newBuilder().setName("control").setWeight(0.5).setTier("full"))
                  .addArms(Arm.newBuilder().setName("bold").setWeight(0.5).setTier("x3"))
                  .setMetric(Metric.newBuilder().setName("revenue").setBetter(Better.BETTER_HIGHER))
                  .build(),
              cause,
              false);
      var _ = admin.start("e", cause);
    }
  }

  /** One more exposure by each replica, of a unit that only it has. */
  private void mark(String name) throws InterruptedException {
    for (int i = 0; i < REPLICAS; i++) {
      Query query = Query.of("a fine film").withExit(Tier.of("x2")).withUnit(name + "-" + i);
      Answer answer = replicas.get(i).client().classify(query);
      while (answer.arm().isEmpty()) { // The method's time limit ends a wait in vain.
        Thread.sleep(20);
        answer = replicas.get(i).client().classify(query);
      }
    }
  }

  private GetExperimentResponse counted() {
    try (var admin = replicas.getFirst().experiments()) {
      return admin.get("e");
    }
  }

  private static long exposures(GetExperimentResponse counted) {
    return counted.getArmsList().stream().mapToLong(ArmCounts::getExposures).sum();
  }

  private static long units(GetExperimentResponse counted) {
    return counted.getArmsList().stream().mapToLong(ArmCounts::getUnits).sum();
  }

  private static double revenue(GetExperimentResponse counted) {
    return counted.getArmsList().stream()
        .flatMap(arm -> arm.getMetricsList().stream())
        .filter(metric -> metric.getName().equals("revenue"))
        .mapToDouble(MetricSums::getSum)
        .sum();
  }

  @Test
  void killedUnderLoad_databaseRestartedMeanwhile_countsEverythingOnceAndMovesNobody()
      throws Exception {
    run();
    mark("before"); // Now all know of it.
    var load = new ReplicasLoad(replicas);
    try {
      Thread.sleep(1_000);
      postgres.stop();
      Thread.sleep(700);
      replicas.get(1).kill(); // With a journal that nobody has counted.
      restart(load, 1); // It knows what it knew, and nothing of the database.
      Thread.sleep(500);
      postgres.restart();
      Thread.sleep(1_000);
      replicas.get(2).kill(); // In the middle of a delivery, as it may be.
      Thread.sleep(500);
      replicas.get(1).kill(); // Again, with what the first one had left just taken over.
      restart(load, 1, 2);
      Thread.sleep(1_000);
    } finally {
      load.end();
    }
    assertThat(load.faults).isEmpty();
    mark("after"); // A journal is counted in its order: once these are, all before is.
    long marks = 2L * REPLICAS;
    GetExperimentResponse counted = counted();
    while (units(counted) < load.arms.size() + marks) {
      Thread.sleep(100);
      counted = counted();
    }
    long acknowledged = load.exposures.get();
    int unknown = load.unknown.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf(
        "%d exposures and %d outcomes of %d units acknowledged, %d calls lost with their server; %d and"
            + " %.0f counted%n",
        acknowledged,
        load.outcomes.get(),
        load.arms.size(),
        unknown,
        exposures(counted) - marks,
        revenue(counted));
    // What was answered is counted once. Of a call that its server took with it nobody can know.
    assertThat(load.unknown.keySet()).isSubsetOf(1, 2);
    assertThat(exposures(counted) - marks).isBetween(acknowledged, acknowledged + unknown);
    assertThat(revenue(counted)).isEqualTo((double) load.outcomes.get());
    assertThat(units(counted)).isEqualTo(load.arms.size() + marks);
    assertThat(counted.getCrossedUnits()).isZero();
    assertThat(load.arms.values()).contains("control", "bold");
    assertThat(acknowledged).as("or the test shows nothing").isGreaterThan(100);
  }
}
