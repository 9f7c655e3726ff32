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
        .mapToObj(number ->
            new TextRow(number, file.line(number).strip(), Optional.empty(), Optional.empty()))
        .toList();
  }
}
