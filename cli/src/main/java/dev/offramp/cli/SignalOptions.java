package dev.offramp.cli;

import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.exit.ExitSignal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The signal of which thresholds are chosen: by default, the one that training calibrated. */
final class SignalOptions {
  @Option(
      names = "--signal",
      showDefaultValue = Visibility.NEVER,
      description = {
        "The signal whose thresholds make the tiers: ${COMPLETION-CANDIDATES} (default: the one that",
        "the checkpoint was trained by, else ENERGY)."
      })
  private @Nullable ExitSignal signal;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      showDefaultValue = Visibility.NEVER,
      description = "The signal's temperature (default: that of its training, else 1).")
  private @Nullable Double temperature;

  ExitSignal signal(Optional<TrainedBy> trainedBy) {
    return signal != null ? signal : trainedBy.map(TrainedBy::signal).orElse(ExitSignal.ENERGY);
  }

  /** A temperature belongs to its signal: another one than training's has the neutral one. */
  double temperature(Optional<TrainedBy> trainedBy) {
    return temperature != null
        ? temperature
        : trainedBy
            .filter(trained -> trained.signal() == signal(trainedBy))
            .map(TrainedBy::temperature)
            .orElse(ExitSignal.DEFAULT_TEMPERATURE);
  }
}
