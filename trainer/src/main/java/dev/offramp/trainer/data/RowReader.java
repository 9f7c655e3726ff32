package dev.offramp.trainer.data;

import java.util.List;

/**
 * Reads the rows of one layout.
 *
 * <p>Errors: {@link DataFormatException} names the first line that is not a row of the layout, the
 * value at fault and what was expected.
 */
interface RowReader {
  /** The rows in the file's order. All of them have a label, or none has. */
  List<TextRow> read(TextLines file);
}
