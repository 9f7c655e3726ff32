package dev.offramp.trainer.data;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells a file's layout: JSON Lines by the file's name or a first line that opens an object and
 * holds no tab; GLUE's tables by the names in their header; CoLA, which has none, by every line
 * having its four columns. All else is {@code text<TAB>label}.
 */
final class Recognition {
  private static final String GOLD_LABEL = TableLayout.name(TableLayout.MNLI.label());
  private static final String PROMPT = "promptid";

  private Recognition() {}

  static DataFormat of(TextLines file) {
    String name = String.valueOf(file.path().getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
      return DataFormat.JSONL;
    }
    if (file.lines().isEmpty()) {
      return DataFormat.TSV;
    }
    String first = file.line(1);
    if (first.startsWith("{") && !first.contains("\t")) {
      return DataFormat.JSONL;
    }
    List<String> columns = TableLayout.columns(first);
    Optional<DataFormat> table = ofHeader(columns);
    if (table.isPresent()) {
      return table.get();
    }
    if (columns.size() != ColaRows.COLUMNS) {
      return DataFormat.TSV;
    }
    OptionalLong doubtful = ColaRows.doubtful(file);
    if (doubtful.isEmpty()) {
      return DataFormat.COLA;
    }
    long line = doubtful.getAsLong();
    throw new DataFormatException(
        file.path(),
        line,
        line == 1
            ? "4 columns and no header that is known (expected: text<TAB>label, or a header; if this is"
                + " CoLA, say --format cola)"
            : "not a row of CoLA, as the lines before it are (expected: source, label 0 or 1, mark,"
                + " sentence; say --format cola if it is one)");
  }

  private static Optional<DataFormat> ofHeader(List<String> columns) {
    if (columns.equals(List.of("sentence", "label"))
        || columns.equals(List.of("index", "sentence"))) {
      return Optional.of(DataFormat.SST2);
    }
    if (columns.size() < 3) { // Two columns may as well be a text and its label.
      return Optional.empty();
    }
    if (TableLayout.MRPC.fits(columns)) {
      return Optional.of(DataFormat.MRPC);
    }
    if (TableLayout.QQP.fits(columns)) {
      return Optional.of(DataFormat.QQP);
    }
    if (TableLayout.QNLI.fits(columns)) {
      return Optional.of(DataFormat.QNLI);
    }
    if (TableLayout.RTE.fits(columns)) {
      boolean mnli = columns.contains(GOLD_LABEL) || columns.contains(PROMPT);
      return Optional.of(mnli ? DataFormat.MNLI : DataFormat.RTE);
    }
    return Optional.empty();
  }
}
