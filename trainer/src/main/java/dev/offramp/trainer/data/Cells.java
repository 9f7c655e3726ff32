package dev.offramp.trainer.data;

import java.util.Collection;

/** What every layout demands of a cell. */
final class Cells {
  private Cells() {}

  /** The cell without white space at its ends, unless nothing is left. */
  static String required(TextLines file, long line, String name, String cell, String expected) {
    String value = cell.strip();
    if (value.isEmpty()) {
      throw new DataFormatException(
          file.path(), line, "no %s (expected: %s)".formatted(name, expected));
    }
    return value;
  }

  /** Checks a label against those of a task; none given: any will do. */
  static void requireLabel(TextLines file, long line, String label, Collection<String> known) {
    if (!known.isEmpty() && !known.contains(label)) {
      throw new DataFormatException(
          file.path(),
          line,
          "label '%s' (expected: one of %s)".formatted(label, String.join(", ", known)));
    }
  }
}
