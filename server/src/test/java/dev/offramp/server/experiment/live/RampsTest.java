package dev.offramp.server.experiment.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.TestArtifacts;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.RampPlan;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.registry.Host;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.TargetWish;
import dev.offramp.server.registry.Warmup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ramp plans over real state; only the time is the test's. */
@Timeout(60)
final class RampsTest {
  private static final BatchLimits BATCH = new BatchLimits(64, 8);
  private static final Change ANN = new Change(0, "ann", "test");

  @TempDir private Path temporary;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final Engine engine =
      new Engine(new EngineSettings(1, BATCH, Duration.ofSeconds(60)), System::nanoTime);
  private final ModelRegistry registry =
      new ModelRegistry(
          engine,
          TestArtifacts.REFERENCE,
          new Host("x86_64", Set.of()),
          TargetWish.NONE,
          new Warmup(engine, 1, BATCH, Duration.ZERO),
          _ -> {});
  private Experiments experiments;
  private Ramps ramps;

  @BeforeEach
  void open() throws IOException {
    var _ = registry.load(TestArtifacts.write(temporary.resolve("a"), "sst2", "1"));
    experiments =
        Experiments.open(
            new StateSettings(
                temporary.resolve("state"),
                Optional.empty(),
                Duration.ofSeconds(1),
                Duration.ofMillis(10)),
            registry::catalog,
            this::now);
    ramps = new Ramps(experiments, (_, _) -> false, this::now);
    var definition = new Definition("e");
    definition.coverage = 0.1;
    definition.ramp = Optional.of(new RampPlan(List.of(0.1, 0.5, 1.0), Duration.ofHours(1)));
    var _ = experiments.edits().apply(definition.make(), ANN, false);
    var _ = experiments.edits().move("e", "start", ExperimentState.RUNNING, ANN);
  }

  @AfterEach
  void close() {
    ramps.close();
    experiments.close();
    registry.close();
    engine.close();
  }

  private Instant now() {
    return Objects.requireNonNull(now.get());
  }

  private void expose(int times) {
    for (int i = 0; i < times; i++) {
      for (String arm : List.of("control", "bold")) {
        experiments.record(new Event.Exposed("e", arm, arm + i, 2, 1_000, now().toEpochMilli()));
      }
    }
    await().until(() -> experiments.totals(get().experiment()).arm("bold").units() == times);
  }

  private ExperimentStatus get() {
    return experiments.get("e");
  }

  private void later(Duration duration) {
    now.updateAndGet(before -> before.plus(duration));
  }

  @Test
  void look_stepOver_goesOnOnceHoweverManyLook() {
    expose(RampDecision.LEAST_EXPOSURES);
    ramps.look();
    assertThat(get().experiment().coverage()).isEqualTo(0.1);

    later(Duration.ofHours(1));
    try (var another = new Ramps(experiments, (_, _) -> false, this::now)) {
      ramps.look();
      another.look();
      ramps.look();
    }
    assertThat(get().experiment().coverage()).isEqualTo(0.5);
    AuditEntry entry = experiments.log("e", 1).getFirst();
    assertThat(entry.who()).isEqualTo("offramp");
    assertThat(entry.why()).startsWith("ramp plan");

    later(Duration.ofHours(1));
    ramps.look();
    assertThat(get().experiment().coverage()).isEqualTo(1);
    later(Duration.ofHours(9));
    ramps.look();
    assertThat(get().version()).isEqualTo(4);
  }

  @Test
  void look_tooFewExposures_holdsAndSaysSo() {
    expose(1);
    later(Duration.ofHours(1));
    ramps.look();

    assertThat(get().experiment().coverage()).isEqualTo(0.1);
    var status = get();
    var analysis =
        experiments.analyze(status.experiment(), experiments.totals(status.experiment()), 0.05);
    assertThat(ramps.next(status, analysis).map(RampDecision::said))
        .hasValueSatisfying(said -> assertThat(said).contains("1 exposures"));
  }

  @Test
  void look_pausedOrKilled_leavesItAlone() {
    expose(RampDecision.LEAST_EXPOSURES);
    var _ = experiments.edits().move("e", "pause", ExperimentState.PAUSED, ANN);
    later(Duration.ofHours(1));
    ramps.look();
    assertThat(get().experiment().coverage()).isEqualTo(0.1);

    // Time that it was paused does not count.
    var _ = experiments.edits().move("e", "start", ExperimentState.RUNNING, ANN);
    ramps.look();
    assertThat(get().experiment().coverage()).isEqualTo(0.1);

    var _ = experiments.edits().kill("e", ANN);
    later(Duration.ofHours(1));
    ramps.look();
    assertThat(get().state()).isEqualTo(ExperimentState.STOPPED);
  }

  @Test
  void look_coverageSetByHand_waitsUntilItIsAStepAgain() {
    expose(RampDecision.LEAST_EXPOSURES);
    var _ = experiments.edits().setCoverage("e", 0.2, ANN);
    later(Duration.ofHours(1));
    ramps.look();
    assertThat(get().experiment().coverage()).isEqualTo(0.2);

    var _ = experiments.edits().setCoverage("e", 0.5, ANN);
    later(Duration.ofHours(1));
    ramps.look();
    assertThat(get().experiment().coverage()).isEqualTo(1);
  }
}
