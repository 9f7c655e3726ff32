package dev.offramp.cli;

import dev.offramp.model.io.DurationText;
import dev.offramp.server.experiment.state.StateSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of {@code offramp serve} about the state of experiments. */
final class StateOptions {
  private static final Duration LEAST_KEEP = Duration.ofDays(1);
  private static final Duration MOST_KEEP = Duration.ofDays(3650);

  @Option(
      names = "--state",
      paramLabel = "DIR",
      showDefaultValue = Visibility.NEVER,
      description =
          "Keep experiments in DIR, which is this server's alone (default: no experiments).")
  private @Nullable Path state;

  @Option(
      names = "--state-url",
      paramLabel = "URL",
      showDefaultValue = Visibility.NEVER,
      description =
          "Share experiments through this database, such as jdbc:postgresql://HOST/NAME?user=NAME, its"
              + " password in ~/.pgpass, or in the file that PGPASSFILE names. Needs --state, for what"
              + " waits while it is away.")
  private @Nullable String stateUrl;

  @Option(
      names = "--keep-outcomes",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      showDefaultValue = Visibility.NEVER,
      description =
          "How long the units and outcomes of an experiment that has ended are kept, and are counted if"
              + " they come late; then only their sums are (default: 30d).")
  private @Nullable Duration keepOutcomes;

  Optional<StateSettings> settings() {
    if (keepOutcomes != null && state == null) {
      throw new IllegalArgumentException(
          "--keep-outcomes: given without --state (expected: a directory for experiments)");
    }
    if (keepOutcomes != null
        && (keepOutcomes.compareTo(LEAST_KEEP) < 0 || keepOutcomes.compareTo(MOST_KEEP) > 0)) {
      throw new IllegalArgumentException(
          "--keep-outcomes: %s (expected: %d to %d days)"
              .formatted(
                  DurationText.format(keepOutcomes), LEAST_KEEP.toDays(), MOST_KEEP.toDays()));
    }
    if (state == null) {
      if (stateUrl != null) {
        throw new IllegalArgumentException(
            "--state-url: given without --state (expected: a directory for what waits while the"
                + " database is away)");
      }
      return Optional.empty();
    }
    StateSettings settings = StateSettings.of(state, Optional.ofNullable(stateUrl));
    return Optional.of(keepOutcomes == null ? settings : settings.withKeep(keepOutcomes));
  }
}
