package dev.offramp.trainer.data;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * One unlabelled text a line; empty lines count for nothing. A first line that is only {@code text}
 * or {@code sentence} is a header.
 */
final class PlainTexts implements RowReader {
  @Override
  public List<TextRow> read(TextLines file) {
    boolean header = !file.lines().isEmpty() && PlainRows.isTextColumn(file.line(1));
    return LongStream.rangeClosed(header ? 2 : 1, file.lines().size())
        .filter(number -> !file.line(number).isBlank())
        .mapToObj(
            number -> new TextRow(number, text(file, number), Optional.empty(), Optional.empty()))
        .toList();
  }

  /* A tab is more likely what ends a text before its label, which line 1 then lacks. */
  private static String text(TextLines file, long number) {
    String line = file.line(number);
    if (line.contains("\t")) {
      throw new DataFormatException(
          file.path(),
          number,
          "a tab, and line 1 has none (expected: text<TAB>label on every line, line 1 too, or one text"
              + " a line without tabs)");
    }
    return line.strip();
  }
}
