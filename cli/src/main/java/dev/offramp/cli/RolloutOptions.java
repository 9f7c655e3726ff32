package dev.offramp.cli;

import dev.offramp.server.registry.Rollout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of {@code offramp serve} about models that come and go while it runs. */
final class RolloutOptions {
  @Option(
      names = "--watch",
      paramLabel = "DIR",
      showDefaultValue = Visibility.NEVER,
      description = "Serve the artifacts in DIR, as they come, change and go.")
  private @Nullable Path watch;

  @Option(
      names = "--watch-interval",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      showDefaultValue = Visibility.NEVER,
      description = "The time between two looks at DIR (default: 1s).")
  private @Nullable Duration watchInterval;

  @Option(
      names = "--model-root",
      paramLabel = "DIR",
      showDefaultValue = Visibility.NEVER,
      description =
          "Let offramp models change what is served, and load artifacts that lie below DIR. May be"
              + " repeated.")
  private List<Path> roots = List.of();

  @Option(
      names = "--warm-up-limit",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      showDefaultValue = Visibility.NEVER,
      description =
          "How long a loaded model may take to warm up before it is refused; 0s: no warm-up"
              + " (default: 1m).")
  private @Nullable Duration warmUpLimit;

  Rollout rollout() {
    for (Path root : roots) {
      if (!Files.isDirectory(root)) {
        throw new IllegalArgumentException(
            "--model-root: %s: no such directory (expected: one that holds artifacts)"
                .formatted(root));
      }
    }
    return new Rollout(
        roots,
        Optional.ofNullable(watch),
        watchInterval == null ? Rollout.DEFAULT_WATCH_INTERVAL : watchInterval,
        warmUpLimit == null ? Rollout.DEFAULT_WARM_UP_LIMIT : warmUpLimit);
  }
}
