package dev.offramp.trainer;

import dev.offramp.trainer.data.DataFile;
import dev.offramp.trainer.data.DataFormat;
import dev.offramp.trainer.data.DataFormatException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/**
 * A file of labelled texts or sentence pairs; see {@link DataFile} for what a file is.
 *
 * <p>Errors: {@link DataFormatException} names the first line that is not a row, and what was
 * expected there.
 *
 * @param path where the rows came from
 * @param sha256 the digest of the file's bytes, in hexadecimal
 * @param format the file's layout
 * @param rows the rows in the file's order
 */
public record LabelledFile(Path path, String sha256, DataFormat format, List<LabelledText> rows) {
  public LabelledFile {
    rows = List.copyOf(rows);
  }

  /** Reads a file whose layout is recognized. */
  public static LabelledFile read(Path path) {
    return read(path, DataFormat.AUTO);
  }

  /** Reads a file of a layout. */
  public static LabelledFile read(Path path, DataFormat format) {
    DataFile file = DataFile.labelled(path, format);
    return new LabelledFile(
        path, file.sha256(), file.format(), file.rows().stream().map(LabelledText::of).toList());
  }

  /** The distinct labels, sorted: by value when all are whole numbers, else as text. */
  public List<String> labels() {
    return sortedLabels(rows);
  }

  static List<String> sortedLabels(List<LabelledText> rows) {
    List<String> labels = rows.stream().map(LabelledText::label).distinct().sorted().toList();
    if (labels.stream().allMatch(label -> label.matches("-?\\d{1,9}"))) {
      return labels.stream()
          .sorted(
              Comparator.comparingInt((String label) -> Integer.parseInt(label))
                  .thenComparing(Comparator.naturalOrder()))
          .toList();
    }
    return labels;
  }

  /**
   * Checks every row's label.
   *
   * @param known the labels that there are
   * @param whose what knows them, for the message
   * @throws DataFormatException at the first row whose label is another
   */
  public void requireLabels(List<String> known, String whose) {
    var names = new HashSet<>(known);
    for (LabelledText row : rows) {
      if (!names.contains(row.label())) {
        throw new DataFormatException(
            path,
            row.line(),
            "label '%s' (expected: one of %s, %s)".formatted(row.label(), whose, known));
      }
    }
  }
}
