package dev.offramp.trainer.data;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * CoLA: source, label, the author's mark, sentence, without a header. Its test file has a header
 * and no labels: {@link HeaderTable} reads that.
 */
final class ColaRows implements RowReader {
  static final int COLUMNS = 4;
  private static final String ROW =
      "4 columns without quoting: source, label 0 or 1, mark, sentence";
  private static final List<String> LABELS = List.of("0", "1");

  /* A star, question marks, both, or none. */
  private static final Pattern MARK = Pattern.compile("[*? ]{0,2}");

  private final HeaderTable test;

  ColaRows(HeaderTable test) {
    this.test = test;
  }

  /** The first line that is not beyond doubt one of CoLA's, by its label and its mark. */
  static OptionalLong doubtful(TextLines file) {
    int rows = file.lines().getLast().isEmpty() ? file.lines().size() - 1 : file.lines().size();
    return LongStream.rangeClosed(1, rows)
        .filter(number -> !isPlain(file.line(number)))
        .findFirst();
  }

  private static boolean isPlain(String line) {
    String[] cells = line.split("\t", -1);
    return cells.length == COLUMNS
        && LABELS.contains(cells[1])
        && MARK.matcher(cells[2]).matches()
        && !cells[3].isBlank();
  }

  @Override
  public List<TextRow> read(TextLines file) {
    if (!file.lines().isEmpty() && test.fits(file.line(1))) {
      if (TableLayout.columns(file.line(1)).contains("label")) {
        throw new DataFormatException(
            file.path(),
            1,
            "a header with labels (expected: %s, without a header, or CoLA's test file, which has no"
                    .formatted(ROW)
                + " labels; see --format for other layouts)");
      }
      return test.read(file);
    }
    return file.rows(1, ROW).stream().map(number -> row(file, number)).toList();
  }

  private static TextRow row(TextLines file, long line) {
    String[] cells = file.line(line).split("\t", -1);
    if (cells.length != COLUMNS) {
      throw new DataFormatException(
          file.path(), line, "%d column(s) (expected: %s)".formatted(cells.length, ROW));
    }
    String label = Cells.required(file, line, "label", cells[1], ROW);
    Cells.requireLabel(file, line, label, LABELS);
    String text = Cells.required(file, line, "sentence", cells[3], ROW);
    return new TextRow(line, text, Optional.empty(), Optional.of(label));
  }
}
