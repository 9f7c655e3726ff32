package dev.offramp.trainer.data;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * {@code text<TAB>label} a line. The first line is a header when its columns are named {@code text}
 * or {@code sentence}, and {@code label}, in any case; it may name them in the other order.
 */
final class PlainRows implements RowReader {
  private static final String ROW = "text<TAB>label";
  private static final Set<String> TEXT_COLUMNS = Set.of("text", "sentence");

  @Override
  public List<TextRow> read(TextLines file) {
    String[] first = file.lines().isEmpty() ? new String[0] : file.line(1).split("\t", -1);
    boolean turned = isHeader(first, 1, 0);
    boolean header = turned || isHeader(first, 0, 1);
    return file.rows(header ? 2 : 1, ROW).stream()
        .map(number -> row(file, number, turned ? 1 : 0))
        .toList();
  }

  private static boolean isHeader(String[] columns, int text, int label) {
    return columns.length == 2
        && isTextColumn(columns[text])
        && columns[label].strip().equalsIgnoreCase("label");
  }

  /** Whether a header names its column of texts so. */
  static boolean isTextColumn(String name) {
    return TEXT_COLUMNS.contains(name.strip().toLowerCase(Locale.ROOT));
  }

  private static TextRow row(TextLines file, long line, int textColumn) {
    String[] columns = file.line(line).split("\t", -1);
    if (columns.length != 2) {
      throw new DataFormatException(
          file.path(),
          line,
          columns.length
              + " column(s) (expected: 2, text<TAB>label, without quoting; or a known header and"
              + " its columns)");
    }
    String text = Cells.required(file, line, "text", columns[textColumn], ROW);
    String label = Cells.required(file, line, "label", columns[1 - textColumn], ROW);
    return new TextRow(line, text, Optional.empty(), Optional.of(label));
  }
}
