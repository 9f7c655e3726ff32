package dev.offramp.server;

import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.registry.Rollout;
import dev.offramp.server.registry.TargetWish;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How a server is set up.
 *
 * @param artifacts the models to serve from the start, at least one where nothing is watched
 * @param wish what is wanted of artifacts' targets
 * @param address the address to listen on
 * @param port the port to listen on; 0 for any free one
 * @param workers threads that run kernels
 * @param cacheBytes bound of the trace cache, about; 0 for none
 * @param maxQueue texts that may wait for a worker before more are refused
 * @param batch how much a worker takes at once
 * @param drainTimeout how long calls in flight may take once the server is asked to stop
 * @param rollout how models come and go while it runs
 */
public record ServerSettings(
    List<Path> artifacts,
    TargetWish wish,
    String address,
    int port,
    int workers,
    long cacheBytes,
    int maxQueue,
    BatchLimits batch,
    Duration drainTimeout,
    Rollout rollout) {

  /** {@value}: all of the machine's addresses. */
  public static final String DEFAULT_ADDRESS = "0.0.0.0";

  /** {@value}. */
  public static final int DEFAULT_PORT = 7070;

  /** {@value} bytes. */
  public static final long DEFAULT_CACHE_BYTES = 64L << 20;

  /** {@value} texts. */
  public static final int DEFAULT_MAX_QUEUE = 1024;

  /** 512 tokens or 64 texts: where kernels are near their best, and a batch is soon over. */
  public static final BatchLimits DEFAULT_BATCH = new BatchLimits(512, 64);

  /** 30 seconds, as long as Kubernetes waits. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(30);

  /** Copies and checks. */
  public ServerSettings {
    artifacts = List.copyOf(artifacts);
    require(
        !artifacts.isEmpty() || rollout.watch().isPresent(),
        "artifacts",
        artifacts,
        "at least one, or a directory to watch");
    require(port >= 0 && port <= 65_535, "port", port, "0 to 65535");
    require(workers >= 1, "workers", workers, ">= 1");
    require(cacheBytes >= 0, "cache bytes", cacheBytes, ">= 0");
    require(maxQueue >= 1, "max queue", maxQueue, ">= 1");
    require(!drainTimeout.isNegative(), "drain timeout", drainTimeout, ">= 0");
  }

  /** All defaults: one worker a core. */
  public static ServerSettings of(List<Path> artifacts) {
    return new ServerSettings(
        artifacts,
        TargetWish.NONE,
        DEFAULT_ADDRESS,
        DEFAULT_PORT,
        Runtime.getRuntime().availableProcessors(),
        DEFAULT_CACHE_BYTES,
        DEFAULT_MAX_QUEUE,
        DEFAULT_BATCH,
        DEFAULT_DRAIN_TIMEOUT,
        Rollout.NONE);
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
  }
}
