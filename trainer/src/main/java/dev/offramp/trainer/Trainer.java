package dev.offramp.trainer;

import ai.djl.ndarray.NDManager;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.data.DataFormatException;
import dev.offramp.trainer.data.FileFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Trains a multi-exit classifier and writes its checkpoint. */
public final class Trainer {

  /** How every model comes from settings, pre-trained ones too. */
  static final String BATCHES = "batches in parts";

  private static final Logger log = LogManager.getLogger(Trainer.class);

  /**
   * The model of the last saved step, once numbers stopped being finite, in the run's directory.
   */
  static final String LAST_SAVED = "last-saved";

  private Trainer() {}

  /**
   * How models come from settings, as far as those do not say: states and results of other schemes
   * are of no use beside those of this one.
   */
  public static String scheme(ObjectiveKind objective) {
    return switch (objective) {
      case SUM, ALTERNATING -> BATCHES + ", losses of one scale";
      case TWO_STAGE -> BATCHES + ", losses of one scale, an optimizer of each stage's own";
      case COSEE, COSEE_WITHOUT_OSC, COSEE_WITHOUT_SWM, DEPTH_WEIGHTED -> BATCHES;
    };
  }

  /**
   * The outcome of a training run.
   *
   * @param checkpoint the checkpoint's directory
   * @param heldOut the file of the texts set aside, when some were
   * @param devAccuracy each exit's accuracy on the dev file after the last epoch, when there is one
   */
  public record Result(
      Path checkpoint, Optional<Path> heldOut, Optional<List<Double>> devAccuracy) {}

  /**
   * Trains as the settings say.
   *
   * <p>A run that was killed goes on where its last saved state ends when it is started again with
   * the same settings, and ends at the same weights.
   *
   * <p>Threading: one run at a time in a process: DJL allows one collector of gradients.
   * Interrupting the thread, or ending the process by a signal, stops the run after the step it is
   * at, its state saved.
   *
   * <p>Errors: {@link DataFormatException} for a file that is no labelled text, {@link
   * TrainingDivergedException} when a loss stops being finite, {@link TrainingInterruptedException}
   * when it was stopped, {@link TrainingStateException} when the saved state is damaged or of a run
   * with other settings.
   */
  public static Result train(TrainerSettings settings, TrainingListener listener) {
    try {
      Checkpoint.requireReplaceable(settings.out()); // Before hours of training, not after.
    } catch (IOException e) {
      throw cannotWrite(settings.out(), e);
    }
    Path directory = RunDirectory.of(settings.out());
    try (var _ = RunDirectory.take(directory)) {
      return train(settings, directory, listener);
    } catch (IOException e) {
      throw cannotWrite(settings.out(), e);
    }
  }

  private static void warnOfOneEpoch(TrainerSettings settings) {
    boolean draws =
        switch (settings.objective()) {
          case COSEE, COSEE_WITHOUT_OSC -> true;
          case COSEE_WITHOUT_SWM, SUM, DEPTH_WEIGHTED, TWO_STAGE, ALTERNATING -> false;
        };
    if (draws && settings.schedule().epochs() == 1) {
      log.warn(
          "epochs: 1 (expected: >= 2 for {}, whose thresholds come from the epoch before; in a first one"
              + " they come from all of [0, 1], of which a model's signals fill a part)",
          settings.objective());
    }
  }

  private static Result train(TrainerSettings settings, Path directory, TrainingListener listener)
      throws IOException {
    TrainingTexts texts = TrainingTexts.prepare(settings, directory);
    log.info(
        "training on {} texts of {}, {} held out{}",
        texts.training().size(),
        settings.data().train(),
        texts.heldOut(),
        texts.leftWithThem() == 0
            ? ""
            : ", "
                + texts.leftWithThem()
                + " left out that are the same as these or parts of them");
    warnOfOneEpoch(settings);
    try (var stop = new StopAtShutdown();
        var crew = new Crew(settings.threads());
        NDManager manager = PyTorch.newManager()) {
      var run =
          new TrainingRun(
              manager,
              new Classification(settings, texts),
              settings.schedule(),
              settings.seed(),
              settings.saveEvery(),
              directory,
              crew,
              listener);
      Optional<List<Double>> devAccuracy =
          toTheEnd(run, stop, manager, texts.config(), texts.tokenizer(), directory);
      new Checkpoint(texts.config(), run.tensors())
          .write(
              settings.out(), texts.tokenizer(), Optional.of(trainedBy(settings, texts.sha256())));
      return new Result(settings.out(), texts.heldOutFile(), devAccuracy);
    }
  }

  private static TrainedBy trainedBy(TrainerSettings settings, String textsSha256) {
    CoseeSettings cosee = settings.cosee();
    return new TrainedBy(
        settings.objective().name(), cosee.signal(), cosee.temperature(), textsSha256);
  }

  /**
   * Does the steps that are left. If numbers stop being finite, the model as it was last saved
   * becomes a checkpoint beside the run's state: the same settings would end at the same step
   * again.
   */
  static Optional<List<Double>> toTheEnd(
      TrainingRun run,
      StopAtShutdown stop,
      NDManager manager,
      ModelConfig config,
      Path tokenizer,
      Path directory) {
    try {
      return run.toTheEnd(stop::requested);
    } catch (TrainingDivergedException e) {
      throw keep(e, run, manager, config, tokenizer, directory);
    }
  }

  /** What is told is that numbers were not finite, whatever else fails. */
  private static TrainingDivergedException keep(
      TrainingDivergedException diverged,
      TrainingRun run,
      NDManager manager,
      ModelConfig config,
      Path tokenizer,
      Path directory) {
    Path model = directory.resolve(LAST_SAVED);
    try {
      Optional<TrainingRun.Saved> saved = run.lastSaved(manager);
      if (saved.isPresent()) {
        new Checkpoint(config, saved.get().tensors()).write(model, tokenizer);
        return diverged.keeping(saved.get().step(), model, directory);
      }
      return diverged.keepingNothing(directory);
    } catch (IOException | RuntimeException e) {
      diverged.addSuppressed(e);
    }
    return diverged;
  }

  static UncheckedIOException cannotWrite(Path out, IOException e) {
    return new UncheckedIOException("cannot write the checkpoint " + FileFailure.reason(out, e), e);
  }
}
