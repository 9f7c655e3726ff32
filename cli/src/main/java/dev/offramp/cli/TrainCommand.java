package dev.offramp.cli;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.CoseeSettings;
import dev.offramp.trainer.LabelledFile;
import dev.offramp.trainer.Trainer;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainingListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      description = "Texts to learn from: text<TAB>label a line, with or without a header.")
  private Path data;

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
      names = "--holdout",
      paramLabel = "N",
      defaultValue = "0",
      description = "Texts of --data to set aside for calibration, and not to learn from.")
  private int holdout;

  @Option(
      names = "--label-names",
      split = ",",
      paramLabel = "NAME",
      description =
          "What the model calls its classes, in the order of the labels in --data (numbers by value,"
              + " else by the alphabet). Default: those labels.")
  private List<String> labelNames = List.of();

  @ArgGroup(exclusive = false, validate = false, heading = "%nThe network:%n")
  private NetworkOptions network = new NetworkOptions();

  @ArgGroup(exclusive = false, validate = false, heading = "%nHow to learn:%n")
  private ScheduleOptions schedule = new ScheduleOptions();

  @ArgGroup(exclusive = false, validate = false, heading = "%nRegularization:%n")
  private RegularizationOptions regularization = new RegularizationOptions();

  @ArgGroup(exclusive = false, validate = false, heading = "%nThe objective:%n")
  private ObjectiveOptions objective = new ObjectiveOptions();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  static final class NetworkOptions {
    @Option(
        names = "--from",
        paramLabel = "DIR",
        description = "Start from this checkpoint: its shape and vocabulary count.")
    private @Nullable Path from;

    @Option(names = "--layers", defaultValue = "6", description = "Layers, each with an exit.")
    private int layers;

    @Option(names = "--hidden", defaultValue = "128", description = "Width of a token's row.")
    private int hidden;

    @Option(names = "--heads", defaultValue = "4", description = "Attention heads.")
    private int heads;

    @Option(
        names = "--intermediate",
        defaultValue = "512",
        description = "Width of the feed-forward block.")
    private int intermediate;

    @Option(
        names = "--vocabulary",
        defaultValue = "8000",
        description = "The most word pieces to learn from the texts.")
    private int vocabulary;

    @Option(
        names = "--max-length",
        defaultValue = "128",
        description = "The most tokens of a text, special tokens included.")
    private int maxLength;
  }

  static final class ScheduleOptions {
    @Option(names = "--epochs", defaultValue = "8", description = "Passes over the texts.")
    private int epochs;

    @Option(names = "--batch", defaultValue = "64", description = "Texts a step.")
    private int batch;

    @Option(names = "--lr", defaultValue = "5e-4", description = "The peak learning rate.")
    private double learningRate;

    @Option(
        names = "--warm-up",
        defaultValue = "0.1",
        description = "The share of the steps in which the rate climbs; then it falls to 0.")
    private double warmUp;

    @Option(names = "--weight-decay", defaultValue = "0.01", description = "AdamW's decay.")
    private double weightDecay;

    @Option(
        names = "--clip",
        defaultValue = "1",
        description = "The greatest norm of a step's gradient.")
    private double clip;

    @Option(
        names = "--averaging",
        defaultValue = "0.999",
        description = "Decay of the running average of weights that is kept; 0: the last weights.")
    private double averaging;

    @Option(
        names = "--save-every",
        paramLabel = "DURATION",
        converter = DurationConverter.class,
        defaultValue = "1m",
        description = "Time between saved states, besides the end of every epoch.")
    private Duration saveEvery;

    @Option(names = "--seed", defaultValue = "1", description = "Where all chance comes from.")
    private long seed;

    @Option(
        names = "--threads",
        paramLabel = "N",
        showDefaultValue = Visibility.NEVER,
        description =
            "Threads of one PyTorch operation; part of the outcome, bit for bit (default: half the"
                + " cores).")
    private @Nullable Integer threads;
  }

  static final class RegularizationOptions {
    @Option(
        names = "--dropout",
        defaultValue = "0.2",
        description = "After the embeddings and after every block.")
    private double dropout;

    @Option(
        names = "--attention-dropout",
        defaultValue = "0.1",
        description = "On attention probabilities.")
    private double attentionDropout;

    @Option(
        names = "--classifier-dropout",
        defaultValue = "0.2",
        description = "Before the classifiers.")
    private double classifierDropout;

    @Option(
        names = "--word-dropout",
        defaultValue = "0.1",
        description = "The share of tokens hidden behind [MASK].")
    private double wordDropout;

    @Option(
        names = "--label-smoothing",
        defaultValue = "0.05",
        description = "How much of a label is spread over all classes.")
    private double labelSmoothing;
  }

  static final class ObjectiveOptions {
    @Option(
        names = "--objective",
        defaultValue = "COSEE",
        description = "COSEE, or SUM: the plain sum of the exits' cross-entropies.")
    private TrainerSettings.ObjectiveKind kind = TrainerSettings.ObjectiveKind.COSEE;

    @Option(
        names = "--signal",
        defaultValue = "ENERGY",
        description = "The signal to weight and calibrate: ${COMPLETION-CANDIDATES}.")
    private ExitSignal signal = ExitSignal.ENERGY;

    @Option(
        names = "--beta",
        defaultValue = "10",
        description = "How sharp sample weights are at the end (beta_0).")
    private double beta;

    @Option(names = "--draws", defaultValue = "5", description = "Thresholds drawn a step (K).")
    private int draws;

    @Option(names = "--alpha", defaultValue = "0.1", description = "Factor of the calibration.")
    private double alpha;

    @Option(
        names = "--margin",
        defaultValue = "0.3",
        description = "How far apart easy and hard signals are to be (epsilon).")
    private double margin;

    @Option(names = "--temperature", defaultValue = "1", description = "The signal's (T).")
    private double temperature;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    requireFitting(labelNames);
    Trainer.Result result;
    try (var listener = new Listener(print)) {
      result = Trainer.train(settings(), listener);
    }
    if (!labelNames.isEmpty()) {
      Checkpoint trained = Checkpoint.read(result.checkpoint());
      new Checkpoint(trained.config().withLabels(labelNames), trained.tensors())
          .write(result.checkpoint(), result.checkpoint());
    }
    print.println("Checkpoint: " + result.checkpoint());
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
    List<String> labels = names.isEmpty() ? List.of() : LabelledFile.read(data).labels();
    if (names.size() != labels.size() || names.stream().distinct().count() != names.size()) {
      throw new IllegalArgumentException(
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
    var data = new TrainerSettings.Data(this.data, Optional.ofNullable(dev), holdout);
    TrainerSettings defaults = TrainerSettings.defaults(data, out);
    return new TrainerSettings(
        data,
        out,
        new TrainerSettings.Network(
            Optional.ofNullable(network.from),
            network.layers,
            network.hidden,
            network.heads,
            network.intermediate,
            network.vocabulary,
            network.maxLength),
        new TrainerSettings.Schedule(
            schedule.epochs,
            schedule.batch,
            schedule.learningRate,
            schedule.warmUp,
            schedule.weightDecay,
            schedule.clip,
            schedule.averaging),
        new TrainerSettings.Regularization(
            regularization.dropout,
            regularization.attentionDropout,
            regularization.classifierDropout,
            regularization.wordDropout,
            regularization.labelSmoothing),
        objective.kind,
        new CoseeSettings(
            objective.signal,
            objective.beta,
            objective.draws,
            objective.alpha,
            objective.margin,
            objective.temperature),
        schedule.seed,
        schedule.threads == null ? defaults.threads() : schedule.threads,
        schedule.saveEvery);
  }

  private static Map<String, Object> numbers(Trainer.Result result) {
    var json = new LinkedHashMap<String, Object>();
    json.put("checkpoint", result.checkpoint().toString());
    result.heldOut().ifPresent(file -> json.put("heldOut", file.toString()));
    result.devAccuracy().ifPresent(accuracy -> json.put("devAccuracyByExit", accuracy));
    json.put("host", Host.describe());
    return json;
  }

  /**
   * Shows the run: a bar with the loss, whose own estimate is the time left, and a line an epoch.
   */
  private static final class Listener implements TrainingListener, AutoCloseable {
    private final PrintWriter out;
    private @Nullable ProgressBar bar;

    Listener(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void started(Started event) {
      out.printf(
          Locale.ROOT,
          "%,d texts, %,d held out, %,d parameters, %,d steps%s%n",
          event.texts(),
          event.heldOut(),
          event.parameters(),
          event.steps(),
          event.resumedAt() > 0 ? ", going on after step " + event.resumedAt() : "");
      out.flush();
      ProgressBar started = Progress.bar("Training", event.steps());
      started.stepTo(event.resumedAt());
      bar = started;
    }

    @Override
    public void stepped(Stepped event) {
      if (bar != null) {
        bar.stepTo(event.step());
        bar.setExtraMessage(
            String.format(
                Locale.ROOT,
                "loss %.3f, %d:%02d left",
                event.loss(),
                event.left().toMinutes(),
                event.left().toSecondsPart()));
      }
    }

    @Override
    public void epochEnded(EpochEnded event) {
      String dev =
          event
              .devAccuracy()
              .map(accuracy -> ", dev accuracy by exit " + percents(accuracy))
              .orElse("");
      out.printf(
          Locale.ROOT,
          "epoch %d of %d: loss %.4f%s%n",
          event.epoch(),
          event.epochs(),
          event.loss(),
          dev);
      out.flush();
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }

    private static String percents(List<Double> shares) {
      return String.join(
          " ",
          IntStream.range(0, shares.size())
              .mapToObj(i -> String.format(Locale.ROOT, "%.1f", 100 * shares.get(i)))
              .toList());
    }
  }
}
