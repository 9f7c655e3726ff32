package dev.offramp.trainer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A file of texts, one a line, with or without their labels.
 *
 * <p>A row is {@code text<TAB>label}. There is no quoting: a quotation mark is an ordinary
 * character and a line is a row. The encoding is UTF-8, with or without a byte order mark; lines
 * end in LF or CRLF. White space around a text is dropped.
 *
 * <p>{@link Header#AUTO} takes the first line for a header when its last column is named {@code
 * label} and its first {@code text} or {@code sentence}, in any case.
 *
 * <p>Errors: {@link DataFormatException} names the first line that is not a row, and what was
 * expected there.
 *
 * @param path where the rows came from
 * @param sha256 the digest of the file's bytes, in hexadecimal
 * @param rows the rows in the file's order
 */
public record LabelledFile(Path path, String sha256, List<LabelledText> rows) {
  private static final Set<String> TEXT_COLUMNS = Set.of("text", "sentence");

  /** What the first line of a file is. */
  public enum Header {
    /** A header if it reads like one. */
    AUTO,
    /** Always a header. */
    PRESENT,
    /** Always a row. */
    ABSENT
  }

  public LabelledFile {
    rows = List.copyOf(rows);
    if (rows.isEmpty()) {
      throw new DataFormatException(path, "no rows (expected: at least one text<TAB>label)");
    }
  }

  /** Reads a file whose header is recognized by its column names. */
  public static LabelledFile read(Path path) {
    return read(path, Header.AUTO);
  }

  /** Reads a file whose first line is as {@code header} says. */
  public static LabelledFile read(Path path, Header header) {
    TextLines file = TextLines.read(path, "text<TAB>label a line");
    List<String> lines = file.lines();
    boolean skipFirst =
        switch (header) {
          case AUTO -> !lines.isEmpty() && isHeader(lines.getFirst());
          case PRESENT -> true;
          case ABSENT -> false;
        };
    var rows = new ArrayList<LabelledText>(lines.size());
    for (int i = skipFirst ? 1 : 0; i < lines.size(); i++) {
      if (!lines.get(i).isEmpty()) {
        rows.add(row(path, i + 1L, lines.get(i)));
      } else if (i < lines.size() - 1) {
        throw new DataFormatException(path, i + 1L, "empty (expected: text<TAB>label)");
      }
    }
    return new LabelledFile(path, file.sha256(), rows);
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

  private static boolean isHeader(String line) {
    String[] columns = line.split("\t", -1);
    return columns.length == 2
        && isTextColumn(columns[0])
        && columns[1].strip().equalsIgnoreCase("label");
  }

  /** Whether a header names its column of texts so. */
  static boolean isTextColumn(String name) {
    return TEXT_COLUMNS.contains(name.strip().toLowerCase(Locale.ROOT));
  }

  private static LabelledText row(Path path, long line, String content) {
    String[] columns = content.split("\t", -1);
    if (columns.length != 2) {
      throw new DataFormatException(
          path, line, columns.length + " column(s) (expected: 2, text<TAB>label, without quoting)");
    }
    String text = columns[0].strip();
    String label = columns[1].strip();
    if (text.isEmpty()) {
      throw new DataFormatException(path, line, "no text (expected: text<TAB>label)");
    }
    if (label.isEmpty()) {
      throw new DataFormatException(path, line, "no label (expected: text<TAB>label)");
    }
    return new LabelledText(text, label);
  }
}
