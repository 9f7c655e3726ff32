package dev.offramp.trainer;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.trainer.data.DataFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Runs every exit of a checkpoint once over a file, so that any rule can be judged afterwards. */
public final class Evaluator {
  private Evaluator() {}

  /**
   * Records the traces of a file's texts with what they are traces of; else as {@link #evaluate}.
   */
  public static RecordedTraces record(Path checkpoint, EvaluationTexts texts) {
    Evaluation evaluation = evaluate(checkpoint, texts);
    try {
      return new RecordedTraces(
          evaluation,
          String.valueOf(texts.path().getFileName()),
          texts.sha256(),
          Checkpoint.sha256(checkpoint),
          RecordedTraces.FLOAT32,
          metric(texts, evaluation.classes()),
          TrainedBy.read(checkpoint));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the checkpoint " + checkpoint, e);
    }
  }

  /* F1 is that of class 1 of two, and a model may have more. */
  private static Metric metric(EvaluationTexts texts, int classes) {
    return texts.metric() == Metric.F1 && classes != 2 ? Metric.ACCURACY : texts.metric();
  }

  /**
   * Checks that a checkpoint knows the labels of a file, without running it.
   *
   * <p>Errors: as {@link #evaluate}.
   */
  public static void requireLabels(Path checkpoint, EvaluationTexts texts) {
    if (texts.labels().isPresent()) {
      indices(texts.labels().get(), ModelConfig.read(checkpoint), texts);
    }
  }

  /**
   * Checks, before the model is run, that the checkpoint's tiers are of its kind.
   *
   * <p>Errors: {@link ModelFormatException} if not.
   */
  public static void requireFittingTiers(Path checkpoint) {
    int classes = ModelConfig.read(checkpoint).classes();
    for (Tier tier : Tiers.read(checkpoint).tiers()) {
      try {
        tier.rule().requireFits(classes);
      } catch (IllegalArgumentException e) {
        throw new ModelFormatException(
            checkpoint.resolve(Tiers.FILE),
            "tier '%s': %s. Calibrate anew.".formatted(tier.name(), e.getMessage()),
            e);
      }
    }
  }

  /**
   * Records the traces of a file's texts.
   *
   * <p>Texts longer than the model takes are cut; the evaluation says how many.
   *
   * <p>Errors: {@link ModelFormatException} for a checkpoint that cannot be used, {@link
   * DataFormatException} for a label that the model does not know.
   *
   * @param checkpoint the checkpoint's directory
   */
  public static Evaluation evaluate(Path checkpoint, EvaluationTexts texts) {
    Checkpoint weights = Checkpoint.read(checkpoint);
    ModelConfig config = weights.config();
    Optional<List<Integer>> labels = texts.labels().map(names -> indices(names, config, texts));
    try (Tokenizer tokenizer = Tokenizer.load(checkpoint, Integer.MAX_VALUE);
        Tokenizer cutting = Tokenizer.load(checkpoint, config.maxPositions());
        MultiExitBert model = MultiExitBert.of(weights)) {
      List<EncodedText> whole = texts.encode(tokenizer, config);
      long cut = whole.stream().filter(text -> text.length() > config.maxPositions()).count();
      List<EncodedText> encoded = cut == 0 ? whole : texts.encode(cutting, config);
      List<Trace> traces = model.traces(encoded);
      requireFinite(checkpoint, traces, texts);
      return new Evaluation(config, traces, labels, Math.toIntExact(cut));
    }
  }

  /* Numbers that overflow are finite as weights. */
  private static void requireFinite(Path checkpoint, List<Trace> traces, EvaluationTexts texts) {
    for (int n = 0; n < traces.size(); n++) {
      Trace trace = traces.get(n);
      for (int depth = 1; depth <= trace.depth(); depth++) {
        for (float logit : trace.logits(depth)) {
          if (!Float.isFinite(logit)) {
            throw new ModelFormatException(
                checkpoint,
                "exit %d answers line %d of %s with %s (expected: finite logits; its training diverged: train it with a smaller --lr)"
                    .formatted(depth, texts.rows().get(n).line(), texts.path(), logit));
          }
        }
      }
    }
  }

  /**
   * The classes of labels that are the model's names, or else class numbers: files keep numbers
   * where a model was given names.
   */
  private static List<Integer> indices(
      List<String> labels, ModelConfig config, EvaluationTexts texts) {
    List<String> numbers =
        IntStream.range(0, config.classes()).mapToObj(Integer::toString).toList();
    // Names that are numbers themselves, such as 1 to 5 stars, are not counted from 0.
    boolean named = config.labels().stream().anyMatch(name -> name.matches("[+-]?\\d+"));
    boolean numbered =
        !named && !config.labels().containsAll(labels) && numbers.containsAll(labels);
    List<String> names = numbered ? numbers : config.labels();
    return IntStream.range(0, labels.size())
        .mapToObj(row -> {
          String label = labels.get(row);
          int index = names.indexOf(label);
          if (index < 0) {
            throw new DataFormatException(
                texts.path(),
                texts.rows().get(row).line(),
                "label '%s' (expected: one of the model's, %s%s)"
                    .formatted(
                        label, config.labels(), named ? "" : ", or everywhere a class number"));
          }
          return index;
        })
        .toList();
  }
}
