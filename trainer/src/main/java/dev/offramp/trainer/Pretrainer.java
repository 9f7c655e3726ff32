package dev.offramp.trainer;

import ai.djl.ndarray.NDManager;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes a starting point for {@link Trainer} from texts without labels: a backbone without exits
 * that has learned to guess masked words.
 */
public final class Pretrainer {
  /** A backbone has no classes; two stand in the config until a trainer gives it its own. */
  private static final List<String> NO_LABELS = List.of("LABEL_0", "LABEL_1");

  private Pretrainer() {}

  /**
   * The outcome of a pre-training run.
   *
   * @param checkpoint the directory of the backbone, which {@link TrainerSettings.Network#from}
   *     takes
   * @param guessed the share of the dev texts' hidden words that it guesses, when there are any
   */
  public record Result(Path checkpoint, Optional<Double> guessed) {}

  /**
   * Pre-trains as the settings say.
   *
   * <p>Stopping, going on, threading and errors: as {@link Trainer#train}.
   */
  public static Result train(PretrainerSettings settings, TrainingListener listener) {
    try {
      Checkpoint.requireReplaceable(settings.out());
    } catch (IOException e) {
      throw Trainer.cannotWrite(settings.out(), e);
    }
    Path directory = RunDirectory.of(settings.out());
    try (var _ = RunDirectory.take(directory)) {
      return train(settings, directory, listener);
    } catch (IOException e) {
      throw Trainer.cannotWrite(settings.out(), e);
    }
  }

  private static Result train(
      PretrainerSettings settings, Path directory, TrainingListener listener) throws IOException {
    List<EvaluationTexts> files =
        settings.data().stream().map(file -> read(file, settings)).toList();
    List<String> texts = files.stream().flatMap(file -> file.sentences().stream()).toList();
    String fingerprint = fingerprint(settings, files);
    RunDirectory.requireOwn(directory, fingerprint);
    Optional<Checkpoint> start = settings.network().from().map(Checkpoint::readPartial);
    Path vocabulary =
        settings
            .network()
            .from()
            .orElseGet(() -> TrainingTexts.learnVocabulary(settings.network(), texts, directory));
    ModelConfig config =
        start
            .map(Checkpoint::config)
            .orElseGet(() -> TrainingTexts.config(settings.network(), vocabulary, NO_LABELS));
    Task task;
    int longest = Math.min(settings.network().maxLength(), config.maxPositions());
    try (Tokenizer tokenizer = Tokenizer.load(vocabulary, longest);
        Tokenizer whole = Tokenizer.load(vocabulary, Integer.MAX_VALUE)) {
      task =
          new LanguageModelling(
              settings,
              config,
              WordDropout.maskId(tokenizer),
              files.stream().flatMap(file -> file.encode(tokenizer, config).stream()).toList(),
              settings.dev().map(dev -> read(dev, settings).encode(tokenizer, config)),
              start,
              files.stream().mapToInt(file -> file.longerThan(longest, whole, config)).sum(),
              fingerprint);
    }
    try (var stop = new StopAtShutdown();
        var crew = new Crew(settings.threads());
        NDManager manager = PyTorch.newManager()) {
      var run =
          new TrainingRun(
              manager,
              task,
              settings.schedule(),
              settings.seed(),
              settings.saveEvery(),
              directory,
              crew,
              listener);
      Optional<List<Double>> guessed =
          Trainer.toTheEnd(run, stop, manager, config, vocabulary, directory);
      new Checkpoint(config, run.tensors()).write(settings.out(), vocabulary);
      return new Result(settings.out(), guessed.map(List::getFirst));
    }
  }

  private static String fingerprint(PretrainerSettings settings, List<EvaluationTexts> files) {
    String texts = files.stream().map(EvaluationTexts::sha256).collect(Collectors.joining(" "));
    String start =
        settings.network().from().map(from -> "; start " + TrainingTexts.digest(from)).orElse("");
    return "%s; pre-training; %s; %s".formatted(Trainer.BATCHES, texts + start, settings.outcome());
  }

  private static EvaluationTexts read(Path file, PretrainerSettings settings) {
    return EvaluationTexts.read(file, settings.format());
  }
}
