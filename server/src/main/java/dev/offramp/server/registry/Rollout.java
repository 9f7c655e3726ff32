package dev.offramp.server.registry;

import dev.offramp.model.io.DurationText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How models come and go while a server runs.
 *
 * @param roots directories below which calls may name artifacts to load; none: no such calls
 * @param watch a directory of artifacts that are served as they come and go
 * @param watchInterval between two looks at it
 * @param warmUpLimit how long a loaded model may take to warm up; zero for no warm-up
 */
public record Rollout(
    List<Path> roots, Optional<Path> watch, Duration watchInterval, Duration warmUpLimit) {

  /** 1 second. */
  public static final Duration DEFAULT_WATCH_INTERVAL = Duration.ofSeconds(1);

  /** 1 minute. */
  public static final Duration DEFAULT_WARM_UP_LIMIT = Duration.ofMinutes(1);

  /** No roots, nothing watched, models warmed. */
  public static final Rollout NONE =
      new Rollout(List.of(), Optional.empty(), DEFAULT_WATCH_INTERVAL, DEFAULT_WARM_UP_LIMIT);

  /** Copies and checks. */
  public Rollout {
    roots = List.copyOf(roots);
    if (!watchInterval.isPositive()) {
      throw new IllegalArgumentException(
          "watch interval: " + DurationText.format(watchInterval) + " (expected: > 0)");
    }
    if (warmUpLimit.isNegative()) {
      throw new IllegalArgumentException(
          "warm-up limit: " + warmUpLimit + " (expected: >= 0; 0: no warm-up)");
    }
  }
}
