package dev.offramp.server;

import dev.offramp.server.audit.DriftPolicy;
import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.registry.Rollout;
import dev.offramp.server.registry.TargetWish;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of servers that tests start: loopback, a free port, everything small. */
final class TestSettings {

  private static final Rollout COLD =
      new Rollout(List.of(), Optional.empty(), Rollout.DEFAULT_WATCH_INTERVAL, Duration.ZERO);

  static ServerSettings of(Path... artifacts) {
    return of(2, Duration.ofSeconds(60), Duration.ofSeconds(30), artifacts);
  }

  /** Models are not warmed: backends that wait for a test would keep the server from starting. */
  static ServerSettings of(int workers, Duration maxWait, Duration drain, Path... artifacts) {
    return of(workers, maxWait, drain, COLD, artifacts);
  }

  static ServerSettings of(Rollout rollout, Path... artifacts) {
    return of(2, Duration.ofSeconds(60), Duration.ofSeconds(30), rollout, artifacts);
  }

  static ServerSettings of(
      int workers, Duration maxWait, Duration drain, Rollout rollout, Path... artifacts) {
    return new ServerSettings(
        List.of(artifacts),
        TargetWish.NONE,
        "127.0.0.1",
        0,
        new EngineSettings(workers, new BatchLimits(128, 16), maxWait),
        true,
        maxWait,
        new CacheSettings(1 << 20, 1 << 20, Optional.empty()),
        drain,
        rollout,
        Optional.empty(),
        0);
  }

  /** One that keeps experiments. */
  static ServerSettings of(StateSettings state, Path... artifacts) {
    return of(Optional.of(state), 0, artifacts);
  }

  /** One that audits a share of what it answers. */
  static ServerSettings of(Optional<StateSettings> state, double auditShare, Path... artifacts) {
    return of(of(artifacts), state, auditShare);
  }

  /** One that keeps experiments, and whose calls have no time to end in. */
  static ServerSettings hasty(StateSettings state, Path artifact) {
    return of(of(2, Duration.ofSeconds(60), Duration.ZERO, artifact), Optional.of(state), 0);
  }

  private static ServerSettings of(
      ServerSettings settings, Optional<StateSettings> state, double auditShare) {
    return new ServerSettings(
        settings.artifacts(),
        settings.wish(),
        settings.address(),
        settings.port(),
        settings.engine(),
        settings.pinned(),
        settings.softWait(),
        settings.cache(),
        settings.drainTimeout(),
        settings.rollout(),
        state,
        auditShare);
  }

  /** The same with what is done about tiers that break their promise. */
  static ServerSettings of(ServerSettings settings, DriftPolicy onDrift) {
    return new ServerSettings(
        settings.artifacts(),
        settings.wish(),
        settings.address(),
        settings.port(),
        settings.engine(),
        settings.pinned(),
        settings.softWait(),
        settings.cache(),
        settings.drainTimeout(),
        settings.rollout(),
        settings.state(),
        settings.auditShare(),
        onDrift,
        settings.admin());
  }

  private TestSettings() {}
}
