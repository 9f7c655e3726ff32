package dev.offramp.trainer;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.trainer.data.DataFile;
import dev.offramp.trainer.data.DataFormat;
import dev.offramp.trainer.data.DataFormatException;
import dev.offramp.trainer.data.TextRow;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Texts or sentence pairs to run a model over, with or without their labels; see {@link DataFile}
 * for what a file is.
 *
 * @param path the file they came from
 * @param sha256 the digest of its bytes, in hexadecimal
 * @param format the file's layout
 * @param rows the rows in the file's order, at least one; all have labels or none has
 */
public record EvaluationTexts(Path path, String sha256, DataFormat format, List<TextRow> rows) {

  public EvaluationTexts {
    rows = List.copyOf(rows);
  }

  /**
   * Reads a file whose layout is recognized; one whose first line holds no tab, and is no JSON, has
   * one unlabelled text a line.
   *
   * @throws DataFormatException for a file that is not of its layout, or holds no text
   */
  public static EvaluationTexts read(Path path) {
    return read(path, DataFormat.AUTO);
  }

  /** Reads a file of a layout. */
  public static EvaluationTexts read(Path path, DataFormat format) {
    DataFile file = DataFile.any(path, format);
    return new EvaluationTexts(path, file.sha256(), file.format(), file.rows());
  }

  /** How many rows there are. */
  public int size() {
    return rows.size();
  }

  /** Each row's text; of pairs the first sentence. */
  public List<String> texts() {
    return rows.stream().map(TextRow::text).toList();
  }

  /** All texts there are: of pairs one sentence after the other. */
  public List<String> sentences() {
    return rows.stream()
        .flatMap(row -> Stream.concat(Stream.of(row.text()), row.pair().stream()))
        .toList();
  }

  /** Each row's label, if the file has labels. */
  public Optional<List<String>> labels() {
    List<String> labels = rows.stream().flatMap(row -> row.label().stream()).toList();
    return labels.size() == rows.size() ? Optional.of(labels) : Optional.empty();
  }

  /** What the task of the texts asks for. */
  public Metric metric() {
    return Metric.of(format);
  }

  /**
   * How many rows have more than so many tokens; errors as of {@link #encode}.
   *
   * @param whole cuts nothing
   */
  int longerThan(int tokens, Tokenizer whole, ModelConfig config) {
    return Math.toIntExact(
        encode(whole, config).stream().filter(text -> text.length() > tokens).count());
  }

  /**
   * Each row as a model sees it; what does not fit is cut.
   *
   * @throws DataFormatException for a row that holds no word, or a pair if the model cannot take
   *     one
   */
  public List<EncodedText> encode(Tokenizer tokenizer, ModelConfig config) {
    var encoder = new RowEncoder(path, tokenizer, config);
    return rows.stream().map(row -> encoder.encode(row.text(), row.pair(), row.line())).toList();
  }
}
