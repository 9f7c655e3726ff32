package dev.offramp.cli;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Metric;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The option {@code --metric} of every command that measures a curve. */
final class MetricOption {
  @Option(
      names = "--metric",
      showDefaultValue = Visibility.NEVER,
      description =
          "What the curve measures: ${COMPLETION-CANDIDATES} (default: what the data's task asks"
              + " for).")
  private @Nullable Metric metric;

  /** The metric asked for, if any. */
  Optional<Metric> asked() {
    return Optional.ofNullable(metric);
  }

  /**
   * Checks a metric asked for, before any model runs.
   *
   * @throws IllegalArgumentException if it is not defined for a checkpoint's number of classes
   * @throws ParameterException if the texts lack the labels that it needs
   */
  void requireFits(CommandSpec spec, List<Path> checkpoints, EvaluationTexts texts) {
    if (metric == null) {
      return;
    }
    for (Path checkpoint : checkpoints) {
      metric.requireFits(ModelConfig.read(checkpoint).classes());
    }
    if (metric != Metric.AGREEMENT && texts.labels().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--metric: %s (expected: agreement; %s has no labels)"
              .formatted(metric.id(), texts.path()));
    }
  }
}
