package dev.offramp.cli;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.tier.Tiers;
import dev.offramp.trainer.LabelledFile;
import dev.offramp.trainer.Trainer;
import dev.offramp.trainer.TrainerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp train}: a multi-exit classifier from labelled texts. */
@Command(
    name = "train",
    description = {
      "Trains a multi-exit classifier on labelled texts.",
      "A run that was stopped goes on where it was when it is started again with the same options,"
          + " and ends at the same weights."
    },
    footer = {
      "",
      "Example:",
      "  offramp train --data train.tsv --dev dev.tsv --out mine --holdout 2000"
    })
final class TrainCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = {
        "Texts or sentence pairs to learn from, with labels: text<TAB>label a line, one of GLUE's",
        "tables, or JSON Lines of text, perhaps pair, and label."
      })
  private Path data;

  @Option(
      names = "--dev",
      paramLabel = "FILE",
      description =
          "Texts to measure every exit's accuracy on, epoch by epoch; nothing is chosen by them.")
  private @Nullable Path dev;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description =
          "The checkpoint to make; DIR.training beside it keeps what a stopped run needs.")
  private Path out;

  @Option(
      names = "--holdout",
      paramLabel = "N",
      defaultValue = "0",
      description = "Texts of --data to set aside for calibration, and not to learn from.")
  private int holdout;

  @Option(
      names = "--label-names",
      split = ",",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description =
          "What the model calls its classes, in the order of the labels in --data (numbers by value,"
              + " else by the alphabet). Default: those labels.")
  private List<String> labelNames = List.of();

  @Mixin private FormatOption format = new FormatOption();

  @Mixin private TrainOptions options = new TrainOptions();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    TrainerSettings settings = Usage.of(spec, this::settings);
    if (!labelNames.isEmpty()) {
      requireFitting(labelNames);
    }
    json.requireWritable(); // Before hours of training, not after.
    boolean calibrated = Files.exists(out.resolve(Tiers.FILE));
    if (Files.exists(out)) {
      print.printf("%s: is there; it stays as it is until this run has ended.%n", out);
    }
    Trainer.Result result;
    try (var listener = new TrainingProgress(print, "dev accuracy by exit")) {
      result = Trainer.train(settings, listener);
    }
    if (!labelNames.isEmpty()) {
      Checkpoint trained = Checkpoint.read(result.checkpoint());
      new Checkpoint(trained.config().withLabels(labelNames), trained.tensors())
          .write(result.checkpoint(), result.checkpoint(), TrainedBy.read(result.checkpoint()));
    }
    print.println("Checkpoint: " + result.checkpoint());
    if (calibrated && !Files.exists(out.resolve(Tiers.FILE))) {
      print.println("The tiers that it had are gone: they were another model's. Calibrate it.");
    }
    result
        .heldOut()
        .ifPresent(file ->
            print.printf("Next: offramp calibrate %s --data %s%n", result.checkpoint(), file));
    print.flush();
    json.write(numbers(result));
    return 0;
  }

  /* Before hours of training, not after. */
  private void requireFitting(List<String> names) {
    List<String> labels = LabelledFile.read(data, format.format()).labels();
    if (names.size() != labels.size() || names.stream().distinct().count() != names.size()) {
      throw new ParameterException(
          spec.commandLine(),
          "--label-names: "
              + names
              + " (expected: "
              + labels.size()
              + " distinct names, for the"
              + " labels "
              + labels
              + ")");
    }
  }

  TrainerSettings settings() {
    var texts = new TrainerSettings.Data(data, Optional.ofNullable(dev), holdout, format.format());
    return options.settings(texts, out);
  }

  private static Map<String, Object> numbers(Trainer.Result result) {
    var json = new LinkedHashMap<String, Object>();
    json.put("checkpoint", result.checkpoint().toString());
    result.heldOut().ifPresent(file -> json.put("heldOut", file.toString()));
    result.devAccuracy().ifPresent(accuracy -> json.put("devAccuracyByExit", accuracy));
    json.put("host", Host.describe());
    return json;
  }
}
