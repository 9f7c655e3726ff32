package dev.offramp.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.offramp.model.tier.Tier;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.registry.ColdRegistry;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ServedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tier risk0.1 of {@link TestArtifacts} is certified; safer are x3, x2 and full. */
class TierWatchTest {

  @TempDir private Path temporary;

  private final Engine engine =
      new Engine(
          new EngineSettings(1, new BatchLimits(64, 8), Duration.ofSeconds(60)), System::nanoTime);
  private final ModelRegistry registry = ColdRegistry.of(engine, TestArtifacts.REFERENCE);
  private final Map<AuditedTier, AuditHistory> found = new HashMap<>();
  private ServedModel model;

  @BeforeEach
  void load() {
    model = registry.load(TestArtifacts.write(temporary.resolve("a"), "sst2", "1"));
  }

  @AfterEach
  void close() {
    registry.close();
    engine.close();
  }

  private AuditedTier tier(String name) {
    return new AuditedTier("sst2", model.calibratedVersion(), name);
  }

  /** Audits of which each tier disagrees on every so many-th; on none at 0. */
  private void audit(int audits, Map<String, Integer> every) {
    for (String name : model.manifest().tiers().names()) {
      int period = every.getOrDefault(name, 0);
      for (int i = 0; i < audits; i++) {
        boolean disagreed = period > 0 && i % period == 0;
        found.merge(
            tier(name), AuditHistory.NONE.with(disagreed), (before, _) -> before.with(disagreed));
      }
    }
  }

  private TierWatch watch(DriftPolicy policy) {
    return new TierWatch(policy, () -> Map.copyOf(found), registry::catalog);
  }

  private String applied(TierWatch watch, String name) {
    Tier named = model.manifest().tiers().find(name).orElseThrow();
    return watch.applied(model, named).name();
  }

  @Test
  void look_warn_raisesTheAlarmAndServesTheTierAllTheSame() {
    TierWatch watch = watch(DriftPolicy.WARN);
    assertThat(watch.health(tier("risk0.1"))).isEqualTo(TierHealth.UNKNOWN);
    audit(100, Map.of("risk0.1", 20, "x3", 2));
    watch.look();
    assertThat(watch.health(tier("risk0.1")).alarm()).isFalse();
    audit(100, Map.of("risk0.1", 2));
    watch.look();
    assertThat(watch.health(tier("risk0.1")).alarm()).isTrue();
    assertThat(watch.health(tier("x3")).alarm()).as("it promised nothing").isFalse();
    assertThat(applied(watch, "risk0.1")).isEqualTo("risk0.1");
  }

  @Test
  void look_moveBack_servesTheBoldestSaferTierThatKeptThePromise_andNeverABolderOneAgain() {
    TierWatch watch = watch(DriftPolicy.MOVE_BACK);
    audit(100, Map.of("risk0.1", 2, "x3", 20));
    watch.look();
    assertThat(applied(watch, "risk0.1")).isEqualTo("x3");
    assertThat(applied(watch, "x3")).isEqualTo("x3");
    audit(100, Map.of("risk0.1", 2, "x3", 2));
    watch.look();
    assertThat(applied(watch, "risk0.1")).as("x3 is refuted too").isEqualTo("x2");
    audit(5_000, Map.of());
    watch.look();
    assertThat(applied(watch, "risk0.1")).as("all is well again").isEqualTo("x2");
    assertThat(watch.health(tier("risk0.1")).alarm()).isTrue();
    audit(500, Map.of("x2", 2));
    watch.look();
    assertThat(applied(watch, "risk0.1")).isEqualTo(Tier.FULL);
  }

  @Test
  void look_afterManyGoodAudits_judgesSaferTiersByWhatCameSince() {
    audit(5_000, Map.of());
    TierWatch watch = watch(DriftPolicy.MOVE_BACK);
    watch.look();
    assertThat(applied(watch, "risk0.1")).isEqualTo("risk0.1");
    audit(300, Map.of("risk0.1", 2, "x3", 3, "x2", 100));
    watch.look();
    assertThat(applied(watch, "risk0.1")).isEqualTo("x2");
    Drift drift = watch.health(tier("risk0.1")).drift().orElseThrow();
    assertThat(drift.start()).isPositive();
    assertThat(drift.found().audits()).isLessThan(500);
    TierWatch replica = watch(DriftPolicy.MOVE_BACK);
    replica.look();
    assertThat(applied(replica, "risk0.1")).as("as another server finds it").isEqualTo("x2");
  }

  @Test
  void look_anotherVersion_hasAuditsOfItsOwn() {
    TierWatch watch = watch(DriftPolicy.MOVE_BACK);
    audit(200, Map.of("risk0.1", 2));
    watch.look();
    assertThat(applied(watch, "risk0.1")).isNotEqualTo("risk0.1");
    model = registry.load(TestArtifacts.write(temporary.resolve("b"), "sst2", "2"));
    assertThat(applied(watch, "risk0.1")).isEqualTo("risk0.1");
  }

  @Test
  void start_auditsThatCannotBeRead_areLooksThatFailed() {
    Supplier<Map<AuditedTier, AuditHistory>> broken =
        () -> {
          throw new IllegalStateException("on purpose");
        };
    var watch = new TierWatch(DriftPolicy.WARN, broken, registry::catalog);
    watch.start(Duration.ofMillis(1));
    await().until(() -> watch.progress().failed() > 0);
    assertThat(watch.progress().name()).isEqualTo("audits");
    assertThat(watch.stop(Duration.ofMinutes(1))).isTrue();
  }

  @Test
  void policy_unknown_isRefusedWithTheKnownOnes() {
    assertThat(DriftPolicy.ofId("move-back")).isEqualTo(DriftPolicy.MOVE_BACK);
    assertThat(DriftPolicy.ofId("warn")).isEqualTo(DriftPolicy.WARN);
    assertThatThrownBy(() -> DriftPolicy.ofId("stop"))
        .hasMessage("on drift: 'stop' (expected: one of [warn, move-back])");
  }
}
