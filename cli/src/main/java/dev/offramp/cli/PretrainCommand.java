package dev.offramp.cli;

import dev.offramp.trainer.Pretrainer;
import dev.offramp.trainer.PretrainerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code offramp pretrain}: a starting point from texts without labels. */
@Command(
    name = "pretrain",
    description = {
      "Pre-trains a BERT on texts without labels, by guessing masked words: a starting point for"
          + " 'train --from'.",
      "A run that was stopped goes on where it was when it is started again with the same options,"
          + " and ends at the same weights."
    },
    footer = {
      "",
      "Example:",
      "  offramp pretrain --data mails.txt --data train.tsv --out start --epochs 20",
      "  offramp train --from start --data train.tsv --out mine --lr 2e-4"
    })
final class PretrainCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description =
          "Texts to learn from, one a line, or as 'train' reads them (labels are not looked at)."
              + " May stand several times.")
  private List<Path> data = List.of();

  @Option(
      names = "--dev",
      paramLabel = "FILE",
      description = "Texts to measure every epoch's model on; nothing is chosen by them.")
  private @Nullable Path dev;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description =
          "The checkpoint to make; DIR.training beside it keeps what a stopped run needs.")
  private Path out;

  @Option(
      names = "--mask-rate",
      paramLabel = "SHARE",
      defaultValue = "0.15",
      description = "The share of tokens to guess.")
  private double maskRate;

  @Option(
      names = "--dropout",
      paramLabel = "RATE",
      defaultValue = "0.1",
      description = "After the embeddings and every block, and on attention probabilities.")
  private double dropout;

  @ArgGroup(exclusive = false, validate = false, heading = "%nThe network:%n")
  private TrainOptions.NetworkOptions network = new TrainOptions.NetworkOptions();

  @ArgGroup(exclusive = false, validate = false, heading = "%nHow to learn:%n")
  private TrainOptions.ScheduleOptions schedule = new TrainOptions.ScheduleOptions();

  @Mixin private FormatOption format = new FormatOption();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    PretrainerSettings settings = Usage.of(spec, this::settings);
    json.requireWritable(); // Before hours of training, not after.
    Pretrainer.Result result;
    try (var progress = new TrainingProgress(print, "hidden dev words guessed (%)")) {
      result = Pretrainer.train(settings, progress);
    }
    print.println("Checkpoint without exits: " + result.checkpoint());
    print.printf("Next: offramp train --from %s --data FILE --out DIR%n", result.checkpoint());
    print.flush();
    var numbers = new LinkedHashMap<String, Object>();
    numbers.put("checkpoint", result.checkpoint().toString());
    result.guessed().ifPresent(share -> numbers.put("devWordsGuessed", share));
    numbers.put("host", Host.describe());
    json.write(numbers);
    return 0;
  }

  private PretrainerSettings settings() {
    return new PretrainerSettings(
        data,
        format.format(),
        Optional.ofNullable(dev),
        out,
        network.settings(),
        schedule.settings(),
        maskRate,
        dropout,
        schedule.seed(),
        schedule.threads(),
        schedule.saveEvery());
  }
}
