package dev.offramp.cli;

import dev.offramp.client.Exit;
import dev.offramp.client.Signal;
import dev.offramp.client.Tier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where on the curve to answer: a tier, a threshold of a signal, or patience; one of the three. */
final class ExitOptions {
  @Option(
      names = "--tier",
      paramLabel = "NAME",
      description = "A tier of the model: full, x1.5, x2, ... (default: full).")
  private @Nullable String tier;

  @ArgGroup(exclusive = false)
  private @Nullable ThresholdOptions threshold;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Leave once the label stayed the same over N exits after the first.")
  private @Nullable Integer patience;

  static final class ThresholdOptions {
    @Option(
        names = "--signal",
        required = true,
        description = "With --threshold: ${COMPLETION-CANDIDATES}.")
    private Signal signal = Signal.ENERGY;

    @Option(
        names = "--threshold",
        required = true,
        paramLabel = "T",
        description = "Leave at the first exit whose signal passes T, strictly.")
    private double threshold;
  }

  Exit exit() {
    if (threshold != null) {
      return Exit.when(threshold.signal, threshold.threshold);
    }
    if (patience != null) {
      return Exit.patience(patience);
    }
    return tier == null ? Tier.FULL : Tier.of(tier);
  }
}
