package dev.offramp.trainer;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
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
          RecordedTraces.FLOAT32);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the checkpoint " + checkpoint, e);
    }
  }

  /**
   * Records the traces of a file's texts.
   *
   * <p>Texts longer than the model takes are cut; the evaluation says how many.
   *
   * <p>Errors: {@link dev.offramp.model.io.ModelFormatException} for a checkpoint that cannot be
   * used, {@link DataFormatException} for a label that the model does not know.
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
      List<EncodedText> whole = texts.texts().stream().map(tokenizer::encode).toList();
      long cut = whole.stream().filter(text -> text.length() > config.maxPositions()).count();
      List<EncodedText> encoded =
          cut == 0
              ? whole
              : texts.texts().stream().map(text -> cutting.encode(text, null, true)).toList();
      List<Trace> traces = model.traces(encoded);
      return new Evaluation(config, traces, labels, Math.toIntExact(cut));
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
    List<String> names = numbers.containsAll(labels) ? numbers : config.labels();
    return labels.stream()
        .map(label -> {
          int index = names.indexOf(label);
          if (index < 0) {
            throw new DataFormatException(
                texts.path(),
                "label '%s' (expected: one of the model's, %s, or everywhere a class number)"
                    .formatted(label, config.labels()));
          }
          return index;
        })
        .toList();
  }
}
