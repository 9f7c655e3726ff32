package dev.offramp.trainer.data;

import java.nio.file.Path;
import java.util.List;

/**
 * A file of texts or sentence pairs, with or without labels, in any {@link DataFormat}.
 *
 * <p>In every layout but JSON Lines a line is a row and there is no quoting: a quotation mark is an
 * ordinary character. The encoding is UTF-8, with or without a byte order mark; lines end in LF or
 * CRLF. White space around texts and labels is dropped.
 *
 * <p>Errors: {@link DataFormatException} names the first line that is not a row, the value at fault
 * and what was expected there.
 *
 * @param path where the rows came from
 * @param sha256 the digest of the file's bytes, in hexadecimal
 * @param format the layout, never {@link DataFormat#AUTO}
 * @param rows the rows in the file's order, at least one; all have labels or none has
 */
public record DataFile(Path path, String sha256, DataFormat format, List<TextRow> rows) {
  public DataFile {
    rows = List.copyOf(rows);
    if (rows.isEmpty()) {
      throw new DataFormatException(path, "no rows (expected: at least one text)");
    }
  }

  /** Reads a file whose rows have labels. */
  public static DataFile labelled(Path path, DataFormat format) {
    TextLines file = TextLines.read(path, "text<TAB>label a line");
    DataFormat layout = format == DataFormat.AUTO ? Recognition.of(file) : format;
    var data = new DataFile(path, file.sha256(), layout, layout.reader().read(file));
    if (data.rows().getFirst().label().isEmpty()) {
      throw new DataFormatException(
          path,
          "its texts, read as %s, have no labels (expected: labelled texts)".formatted(layout));
    }
    return data;
  }

  /** Reads a file whose rows may have no labels: then also one text a line. */
  public static DataFile any(Path path, DataFormat format) {
    TextLines file = TextLines.read(path, "text<TAB>label, or one text, a line");
    DataFormat layout = format == DataFormat.AUTO ? Recognition.of(file) : format;
    boolean texts =
        layout == DataFormat.TSV && !file.lines().isEmpty() && !file.line(1).contains("\t");
    RowReader reader = texts ? new PlainTexts() : layout.reader();
    return new DataFile(path, file.sha256(), layout, reader.read(file));
  }
}
