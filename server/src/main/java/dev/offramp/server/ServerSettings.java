package dev.offramp.server;

import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.registry.TargetWish;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How a server is set up.
 *
 * @param artifacts the models to serve from the start, at least one
 * @param wish what is wanted of artifacts' targets
 * @param address the address to listen on
 * @param port the port to listen on; 0 for any free one
 * @param engine workers, batches, and how long texts may wait
 * @param softWait the predicted wait from which on requests that allow it get bolder tiers
 * @param cache what is remembered
 * @param drainTimeout how long calls in flight may take once the server is asked to stop
 */
public record ServerSettings(
    List<Path> artifacts,
    TargetWish wish,
    String address,
    int port,
    EngineSettings engine,
    Duration softWait,
    CacheSettings cache,
    Duration drainTimeout) {

  /** {@value}: all of the machine's addresses. */
  public static final String DEFAULT_ADDRESS = "0.0.0.0";

  /** {@value}. */
  public static final int DEFAULT_PORT = 7070;

  /** A quarter of a second. */
  public static final Duration DEFAULT_SOFT_WAIT = Duration.ofMillis(250);

  /** 30 seconds, as long as Kubernetes waits. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(30);

  /** Copies and checks. */
  public ServerSettings {
    artifacts = List.copyOf(artifacts);
    require(!artifacts.isEmpty(), "artifacts", artifacts, "at least one");
    require(port >= 0 && port <= 65_535, "port", port, "0 to 65535");
    require(!softWait.isNegative(), "soft wait", softWait, ">= 0");
    require(!drainTimeout.isNegative(), "drain timeout", drainTimeout, ">= 0");
  }

  /** All defaults: one worker a core. */
  public static ServerSettings of(List<Path> artifacts) {
    return new ServerSettings(
        artifacts,
        TargetWish.NONE,
        DEFAULT_ADDRESS,
        DEFAULT_PORT,
        EngineSettings.of(Runtime.getRuntime().availableProcessors()),
        DEFAULT_SOFT_WAIT,
        CacheSettings.DEFAULT,
        DEFAULT_DRAIN_TIMEOUT);
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
  }
}
