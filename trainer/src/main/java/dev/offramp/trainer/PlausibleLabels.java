package dev.offramp.trainer;

import dev.offramp.trainer.data.DataFormatException;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Doubts whether the labels of a file are labels: a table of two columns says nowhere which is the
 * text, nor whether its first line is a header.
 */
final class PlausibleLabels {
  private static final Logger log = LogManager.getLogger(PlausibleLabels.class);

  /** Of fewer rows, few of a class are no wonder. */
  private static final int ENOUGH_ROWS = 100;

  private PlausibleLabels() {}

  /**
   * Warns of a first row whose label is no other row's, though all other labels are several rows'.
   *
   * @throws DataFormatException if most rows have a label of their own
   */
  static void require(LabelledFile file) {
    Map<String, Long> counts =
        file.rows().stream()
            .collect(Collectors.groupingBy(LabelledText::label, Collectors.counting()));
    int rows = file.rows().size();
    long alone = counts.values().stream().filter(count -> count == 1).count();
    if (rows >= ENOUGH_ROWS && 2 * alone > rows) {
      throw new DataFormatException(
          file.path(),
          "%d of %d rows have a label that no other has (expected: rows of a text, then its label)"
              .formatted(alone, rows));
    }
    LabelledText first = file.rows().getFirst();
    if (alone == 1 && Long.valueOf(1).equals(counts.get(first.label()))) {
      log.warn(
          "{}: line {}: no other row has the label '{}'. If it is a header, name the columns as the guide says, or take it out",
          file.path(),
          first.line(),
          first.label());
    }
  }
}
