package dev.offramp.server;

import dev.offramp.server.admin.AdminSettings;
import dev.offramp.server.audit.AuditSettings;
import dev.offramp.server.audit.DriftPolicy;
import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.registry.Rollout;
import dev.offramp.server.registry.TargetWish;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a server is set up.
 *
 * @param artifacts the models to serve from the start, at least one where nothing is watched
 * @param wish what is wanted of artifacts' targets
 * @param address the address to listen on
 * @param port the port to listen on; 0 for any free one
 * @param engine workers, batches, and how long texts may wait
 * @param pinned whether each worker stays on a CPU of its own, where the platform allows it
 * @param softWait the predicted wait from which on requests that allow it get bolder tiers
 * @param cache what is remembered
 * @param drainTimeout how long calls in flight may take once the server is asked to stop; {@link
 *     #CLOSE_REST} later it has closed, whatever hangs
 * @param rollout how models come and go while it runs
 * @param state where the state of experiments is kept; empty for no experiments
 * @param auditShare the share of answered requests that run on to full depth afterwards, 0 to 1
 * @param onDrift what is done about a tier whose certificate those refute
 * @param admin where console, health and metrics are; empty for nowhere
 */
public record ServerSettings(
    List<Path> artifacts,
    TargetWish wish,
    String address,
    int port,
    EngineSettings engine,
    boolean pinned,
    Duration softWait,
    CacheSettings cache,
    Duration drainTimeout,
    Rollout rollout,
    Optional<StateSettings> state,
    double auditShare,
    DriftPolicy onDrift,
    Optional<AdminSettings> admin) {

  /** {@value}: all of the machine's addresses. */
  public static final String DEFAULT_ADDRESS = "0.0.0.0";

  /** {@value}. */
  public static final int DEFAULT_PORT = 7070;

  /** A quarter of a second. */
  public static final Duration DEFAULT_SOFT_WAIT = Duration.ofMillis(250);

  /** 30 seconds, as long as Kubernetes waits. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(30);

  /** 10 seconds: what ending all else may take beyond the drain timeout, if calls use that up. */
  public static final Duration CLOSE_REST = Duration.ofSeconds(10);

  /** Copies and checks. */
  public ServerSettings {
    artifacts = List.copyOf(artifacts);
    require(
        !artifacts.isEmpty() || rollout.watch().isPresent(),
        "artifacts",
        artifacts,
        "at least one, or a directory to watch");
    require(port >= 0 && port <= 65_535, "port", port, "0 to 65535");
    require(!softWait.isNegative(), "soft wait", softWait, ">= 0");
    require(!drainTimeout.isNegative(), "drain timeout", drainTimeout, ">= 0");
    AuditSettings.requireShare(auditShare);
  }

  /** One that warns of drift, without an admin port. */
  public ServerSettings(
      List<Path> artifacts,
      TargetWish wish,
      String address,
      int port,
      EngineSettings engine,
      boolean pinned,
      Duration softWait,
      CacheSettings cache,
      Duration drainTimeout,
      Rollout rollout,
      Optional<StateSettings> state,
      double auditShare) {
    this(
        artifacts,
        wish,
        address,
        port,
        engine,
        pinned,
        softWait,
        cache,
        drainTimeout,
        rollout,
        state,
        auditShare,
        DriftPolicy.WARN,
        Optional.empty());
  }

  /** The same with an admin port. */
  public ServerSettings with(AdminSettings console) {
    return new ServerSettings(
        artifacts,
        wish,
        address,
        port,
        engine,
        pinned,
        softWait,
        cache,
        drainTimeout,
        rollout,
        state,
        auditShare,
        onDrift,
        Optional.of(console));
  }

  /** All defaults: one worker a core. */
  public static ServerSettings of(List<Path> artifacts) {
    return new ServerSettings(
        artifacts,
        TargetWish.NONE,
        DEFAULT_ADDRESS,
        DEFAULT_PORT,
        EngineSettings.of(Runtime.getRuntime().availableProcessors()),
        false,
        DEFAULT_SOFT_WAIT,
        CacheSettings.DEFAULT,
        DEFAULT_DRAIN_TIMEOUT,
        Rollout.NONE,
        Optional.empty(),
        AuditSettings.DEFAULT_SHARE);
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
  }
}
