package dev.offramp.trainer;

import dev.offramp.trainer.data.DataFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * All that decides the outcome of a training run. The same settings on the same machine give the
 * same weights, bit for bit.
 *
 * @param data what to learn from
 * @param out the checkpoint's directory; the state that an interrupted run resumes from lies beside
 *     it, in {@code <out>.training}
 * @param network the shape of the model
 * @param schedule how long and how fast to learn
 * @param regularization what keeps the model from learning the texts by heart
 * @param objective what to make small
 * @param cosee the settings of {@link ObjectiveKind#COSEE}; its signal serves the others too
 * @param distillation what the internal exits learn from the last one besides
 * @param seed where all chance comes from
 * @param threads parts of a batch that are computed at the same time; part of the outcome, since it
 *     orders sums and draws other dropout masks
 * @param saveEvery how much work a kill may cost, besides what the end of an epoch saves
 */
public record TrainerSettings(
    Data data,
    Path out,
    Network network,
    Schedule schedule,
    Regularization regularization,
    ObjectiveKind objective,
    CoseeSettings cosee,
    Distillation distillation,
    long seed,
    int threads,
    Duration saveEvery) {

  private static final int MOST_DEFAULT_THREADS = 8;

  public TrainerSettings {
    Checked.atLeast("threads", threads, 1);
    if (saveEvery.isNegative()) {
      throw new IllegalArgumentException("save every: " + saveEvery + " (expected: >= 0)");
    }
  }

  /** Settings for a small model trained from scratch, COSEE's by the authors' script. */
  public static TrainerSettings defaults(Data data, Path out) {
    return new TrainerSettings(
        data,
        out,
        Network.defaults(),
        Schedule.defaults(),
        Regularization.defaults(),
        ObjectiveKind.COSEE,
        CoseeSettings.defaults(),
        Distillation.NONE,
        1,
        defaultThreads(),
        Duration.ofMinutes(1));
  }

  /** One a core, as long as parts of a batch are not too small to be worth it. */
  public static int defaultThreads() {
    return Math.min(MOST_DEFAULT_THREADS, Runtime.getRuntime().availableProcessors());
  }

  /** The same for other texts, another objective and another seed. */
  public TrainerSettings of(Data others, Path checkpoint, ObjectiveKind kind, long otherSeed) {
    return new TrainerSettings(
        others,
        checkpoint,
        network,
        schedule,
        regularization,
        kind,
        cosee,
        distillation,
        otherSeed,
        threads,
        saveEvery);
  }

  /** What training makes small. */
  public enum ObjectiveKind {
    /** Cross-entropies weighted by where samples would leave, and calibrated signals. */
    COSEE,
    /** COSEE's weighted cross-entropies alone, its signals not calibrated. */
    COSEE_WITHOUT_OSC,
    /** COSEE with every exit counting alike. */
    COSEE_WITHOUT_SWM,
    /** The mean of the exits' cross-entropies: their plain sum, at the scale of the others. */
    SUM,
    /** Their average, exit m counting m times: PABEE's. */
    DEPTH_WEIGHTED,
    /** The last exit first, then the others on a frozen backbone: DeeBERT's. */
    TWO_STAGE,
    /** The last exit and all exits, taking turns: BERxiT's. */
    ALTERNATING
  }

  /**
   * What to learn from.
   *
   * @param train labelled texts to learn from
   * @param dev labelled texts to measure every epoch's model on; nothing is chosen by them
   * @param holdout how many whole texts of {@code train} to set aside for calibration
   * @param format the layout of both files
   */
  public record Data(Path train, Optional<Path> dev, int holdout, DataFormat format) {
    public Data {
      Checked.atLeast("holdout", holdout, 0);
    }

    /** Files whose layout is recognized. */
    public Data(Path train, Optional<Path> dev, int holdout) {
      this(train, dev, holdout, DataFormat.AUTO);
    }
  }

  /**
   * The shape of the model.
   *
   * @param from a checkpoint to start from, whose shape and vocabulary then count and not these
   * @param layers encoder layers, each with an exit
   * @param hidden the width of a token's row
   * @param heads attention heads
   * @param intermediate the width of the feed-forward block
   * @param vocabulary the most word pieces to learn
   * @param maxLength the most tokens of a text, {@code [CLS]} and {@code [SEP]} included
   * @param embedding the width of an ALBERT's embeddings, whose layers share their weights; none of
   *     a BERT
   */
  public record Network(
      Optional<Path> from,
      int layers,
      int hidden,
      int heads,
      int intermediate,
      int vocabulary,
      int maxLength,
      Optional<Integer> embedding) {

    public Network {
      Checked.atLeast("layers", layers, 2);
      Checked.atLeast("hidden", hidden, 1);
      Checked.atLeast("heads", heads, 1);
      Checked.atLeast("intermediate", intermediate, 1);
      Checked.atLeast("vocabulary", vocabulary, WordPieceVocabulary.SPECIAL.size() + 1L);
      Checked.atLeast("max length", maxLength, 3);
      if (hidden % heads != 0) {
        throw new IllegalArgumentException(
            "hidden: %d (expected: a multiple of heads, %d)".formatted(hidden, heads));
      }
      embedding.ifPresent(width -> {
        Checked.atLeast("embedding", width, 1);
        if (width > hidden) {
          throw new IllegalArgumentException(
              "embedding: %d (expected: at most hidden, %d)".formatted(width, hidden));
        }
      });
    }

    /** What of it decides a model, in words; a start is told by what it holds, not by its name. */
    public String words() {
      return from.isPresent() ? "network of the start, maxLength=" + maxLength : toString();
    }

    /** The shape of a BERT. */
    public Network(
        Optional<Path> from,
        int layers,
        int hidden,
        int heads,
        int intermediate,
        int vocabulary,
        int maxLength) {
      this(from, layers, hidden, heads, intermediate, vocabulary, maxLength, Optional.empty());
    }

    /** A network of some megabytes. */
    public static Network defaults() {
      return new Network(Optional.empty(), 6, 128, 4, 512, 8000, 128);
    }
  }

  /**
   * How long and how fast to learn.
   *
   * @param epochs passes over the texts
   * @param batch texts a step
   * @param learningRate the peak rate
   * @param warmUp the share of the steps in which the rate climbs
   * @param weightDecay AdamW's decay
   * @param clip the greatest norm of a step's gradient
   * @param averaging the decay of the running average of the weights that the checkpoint gets; 0:
   *     it gets the last step's
   */
  public record Schedule(
      int epochs,
      int batch,
      double learningRate,
      double warmUp,
      double weightDecay,
      double clip,
      double averaging) {

    public Schedule {
      Checked.atLeast("epochs", epochs, 1);
      Checked.atLeast("batch", batch, 1);
      Checked.positive("learning rate", learningRate);
      Checked.share("warm-up", warmUp);
      Checked.notNegative("weight decay", weightDecay);
      Checked.positive("clip", clip);
      Checked.share("averaging", averaging);
    }

    /** A schedule for a small model that starts from nothing. */
    public static Schedule defaults() {
      return new Schedule(8, 64, 5e-4, 0.1, 0.01, 1, 0.999);
    }
  }

  /**
   * What keeps the model from learning the texts by heart.
   *
   * @param dropout the rate after the embeddings and after every block
   * @param attentionDropout the rate on attention probabilities
   * @param classifierDropout the rate before the classifiers
   * @param wordDropout the rate at which a token is hidden behind {@code [MASK]}
   * @param labelSmoothing how much of a label is spread over all classes
   */
  public record Regularization(
      double dropout,
      double attentionDropout,
      double classifierDropout,
      double wordDropout,
      double labelSmoothing) {

    public Regularization {
      Checked.share("dropout", dropout);
      Checked.share("attention dropout", attentionDropout);
      Checked.share("classifier dropout", classifierDropout);
      Checked.share("word dropout", wordDropout);
      Checked.share("label smoothing", labelSmoothing);
    }

    /** Rates for a small model that starts from nothing. */
    public static Regularization defaults() {
      return new Regularization(0.2, 0.1, 0.2, 0.1, 0.05);
    }
  }
}
