package dev.offramp.cli;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.CoseeSettings;
import dev.offramp.trainer.Distillation;
import dev.offramp.trainer.TrainerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of {@code offramp train} that decide what is learned and how, in groups. */
final class TrainOptions {
  @ArgGroup(exclusive = false, validate = false, heading = "%nThe network:%n")
  private NetworkOptions network = new NetworkOptions();

  @ArgGroup(exclusive = false, validate = false, heading = "%nHow to learn:%n")
  private ScheduleOptions schedule = new ScheduleOptions();

  @ArgGroup(exclusive = false, validate = false, heading = "%nRegularization:%n")
  private RegularizationOptions regularization = new RegularizationOptions();

  @ArgGroup(exclusive = false, validate = false, heading = "%nThe objective:%n")
  private ObjectiveOptions objective = new ObjectiveOptions();

  /** The settings that the options say, over {@code data}, for the checkpoint {@code out}. */
  TrainerSettings settings(TrainerSettings.Data data, Path out) {
    return new TrainerSettings(
        data,
        out,
        network.settings(),
        schedule.settings(),
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
        new Distillation(objective.distillation, objective.distillationTemperature),
        schedule.seed,
        schedule.threads(),
        schedule.saveEvery);
  }

  static final class NetworkOptions {
    @Option(
        names = "--from",
        paramLabel = "DIR",
        description =
            "Start from this checkpoint, or from a Hugging Face BERT, RoBERTa or ALBERT: its shape and"
                + " vocabulary count.")
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

    @Option(
        names = "--backbone",
        defaultValue = "BERT",
        description =
            "BERT, or ALBERT, whose layers share their weights: small, and as slow as a BERT.")
    private Backbone backbone = Backbone.BERT;

    @Option(
        names = "--embedding",
        defaultValue = "64",
        description = "Width of an ALBERT's embeddings; to be compiled, a multiple of 8.")
    private int embedding;

    enum Backbone {
      BERT,
      ALBERT
    }

    TrainerSettings.Network settings() {
      return new TrainerSettings.Network(
          Optional.ofNullable(from),
          layers,
          hidden,
          heads,
          intermediate,
          vocabulary,
          maxLength,
          backbone == Backbone.ALBERT ? Optional.of(embedding) : Optional.empty());
    }
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
            "Parts of a batch that are computed at the same time; part of the outcome, bit for bit"
                + " (default: one a core, at most 8).")
    private @Nullable Integer threads;

    TrainerSettings.Schedule settings() {
      return new TrainerSettings.Schedule(
          epochs, batch, learningRate, warmUp, weightDecay, clip, averaging);
    }

    long seed() {
      return seed;
    }

    int threads() {
      return threads == null ? TrainerSettings.defaultThreads() : threads;
    }

    Duration saveEvery() {
      return saveEvery;
    }
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
        description = "The share of tokens hidden behind the mask token.")
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
        description = {
          "What to make small: ${COMPLETION-CANDIDATES}.",
          "The plain SUM of the exits' cross-entropies (at the others' scale: their mean),",
          "DEPTH_WEIGHTED (PABEE's), TWO_STAGE (DeeBERT's) and ALTERNATING (BERxiT's) are",
          "there to compare with."
        })
    private TrainerSettings.ObjectiveKind kind = TrainerSettings.ObjectiveKind.COSEE;

    @Option(
        names = "--signal",
        defaultValue = "LABEL_SCORE",
        description = {
          "The signal to weight and calibrate: ${COMPLETION-CANDIDATES}.",
          "The paper's is ENERGY, which can't be calibrated over more than a few classes."
        })
    private ExitSignal signal = ExitSignal.LABEL_SCORE;

    @Option(
        names = "--beta",
        defaultValue = "1",
        description =
            "How sharp sample weights are at the end (beta_0). The authors' 10 costs models of few layers"
                + " their full depth.")
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

    @Option(
        names = "--distillation",
        paramLabel = "FACTOR",
        defaultValue = "0",
        description = "Let internal exits also learn from the last one, weighted by FACTOR.")
    private double distillation;

    @Option(
        names = "--distillation-temperature",
        paramLabel = "T",
        defaultValue = "2",
        description = "What softens the distributions for that.")
    private double distillationTemperature;
  }
}
