package dev.offramp.server.cache;

import dev.offramp.model.io.DurationText;
import java.time.Duration;
import java.util.Optional;

/**
 * How much is remembered, and for how long.
 *
 * @param traceBytes bound of all traces, about; 0 remembers nothing
 * @param rowBytes bound of all hidden rows, about; 0 keeps none, and a stricter rule begins anew
 * @param timeToLive how long after it was computed, if there is a limit
 */
public record CacheSettings(long traceBytes, long rowBytes, Optional<Duration> timeToLive) {

  /** 64 MiB of traces and 64 MiB of rows, without a limit of time. */
  public static final CacheSettings DEFAULT =
      new CacheSettings(64L << 20, 64L << 20, Optional.empty());

  /** Checks the bounds. */
  public CacheSettings {
    require(traceBytes >= 0, "cache bytes", traceBytes, ">= 0");
    require(rowBytes >= 0, "cache row bytes", rowBytes, ">= 0");
    timeToLive.ifPresent(limit ->
        require(limit.isPositive(), "cache time to live", DurationText.format(limit), "> 0"));
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
  }
}
