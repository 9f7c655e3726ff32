package dev.offramp.trainer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Texts to run a model over, with or without their labels.
 *
 * @param path the file they came from
 * @param sha256 the digest of its bytes, in hexadecimal
 * @param texts the texts in the file's order
 * @param labels as many labels, if the file has them
 */
public record EvaluationTexts(
    Path path, String sha256, List<String> texts, Optional<List<String>> labels) {

  public EvaluationTexts {
    texts = List.copyOf(texts);
    labels = labels.map(List::copyOf);
    int rows = texts.size();
    labels.ifPresent(all -> {
      if (all.size() != rows) {
        throw new IllegalArgumentException(
            "labels: %d (expected: %d, one a text)".formatted(all.size(), rows));
      }
    });
    if (texts.isEmpty()) {
      throw new DataFormatException(path, "no texts (expected: at least one)");
    }
  }

  /**
   * Reads a file: as {@link LabelledFile} reads it when its first line holds a tab, else as one
   * unlabelled text a line. A first line that is only {@code text} or {@code sentence} is a header.
   */
  public static EvaluationTexts read(Path path) {
    TextLines file = TextLines.read(path, "text<TAB>label, or one text, a line");
    if (!file.lines().isEmpty() && file.lines().getFirst().contains("\t")) {
      LabelledFile labelled = LabelledFile.read(path);
      return new EvaluationTexts(
          path,
          labelled.sha256(),
          labelled.rows().stream().map(LabelledText::text).toList(),
          Optional.of(labelled.rows().stream().map(LabelledText::label).toList()));
    }
    List<String> texts =
        file.lines().stream()
            .skip(
                !file.lines().isEmpty() && LabelledFile.isTextColumn(file.lines().getFirst())
                    ? 1
                    : 0)
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .toList();
    return new EvaluationTexts(path, file.sha256(), texts, Optional.empty());
  }
}
