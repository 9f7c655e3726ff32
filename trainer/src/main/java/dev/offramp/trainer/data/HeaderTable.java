package dev.offramp.trainer.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Tab-separated rows under a header that names their columns, without quoting. Without the column
 * of labels the rows have none.
 */
final class HeaderTable implements RowReader {
  private static final Logger log = LogManager.getLogger(HeaderTable.class);

  /* Of a file with a few broken rows the rest is good; one with many is not what it is taken for. */
  private static final int BROKEN_ROWS = 10;
  private static final int ROWS_PER_BROKEN = 1000;

  private final TableLayout layout;

  HeaderTable(TableLayout layout) {
    this.layout = layout;
  }

  /** Whether {@code header} has the columns of texts. */
  boolean fits(String header) {
    return layout.fits(TableLayout.columns(header));
  }

  /** Where the columns stand; those that are missing have no place. */
  private record Places(int columns, int text, Optional<Integer> pair, Optional<Integer> label) {}

  @Override
  public List<TextRow> read(TextLines file) {
    if (file.lines().isEmpty()) {
      return List.of();
    }
    Places places = places(file);
    var rows = new ArrayList<TextRow>(file.lines().size());
    var broken = new ArrayList<DataFormatException>();
    int unlabelled = 0;
    for (long number : lines(file)) {
      try {
        TextRow row = row(file, number, places);
        if (row.label().isPresent() && row.label().equals(layout.unlabelled())) {
          unlabelled++;
        } else {
          rows.add(row);
        }
      } catch (BrokenRowException e) {
        broken.add(new DataFormatException(file.path(), number, String.valueOf(e.getMessage())));
      }
    }
    if (!broken.isEmpty()) {
      leaveOut(broken, rows.size());
    }
    if (unlabelled > 0) {
      log.warn(
          "{}: {} row(s) left out whose {} is '{}': nobody agreed on one",
          file.path(),
          unlabelled,
          layout.label(),
          layout.unlabelled().orElseThrow());
    }
    return rows;
  }

  private void leaveOut(List<DataFormatException> broken, int rows) {
    DataFormatException first = broken.getFirst();
    if (!layout.broken() || broken.size() > Math.max(BROKEN_ROWS, rows / ROWS_PER_BROKEN)) {
      throw first;
    }
    log.warn("{} broken row(s) left out; the first is {}", broken.size(), first.getMessage());
  }

  /* Where rows may be broken, an empty line is one of those. */
  private List<Long> lines(TextLines file) {
    if (!layout.broken()) {
      return file.rows(2, "a row of the columns that the header names");
    }
    boolean lastEmpty = file.lines().getLast().isEmpty();
    var numbers = new ArrayList<Long>();
    for (long number = 2; number <= file.lines().size() - (lastEmpty ? 1 : 0); number++) {
      numbers.add(number);
    }
    return numbers;
  }

  private Places places(TextLines file) {
    List<String> columns = TableLayout.columns(file.line(1));
    if (!layout.fits(columns)) {
      throw new DataFormatException(
          file.path(),
          1,
          "header %s (expected: a header with the columns %s)".formatted(columns, layout.words()));
    }
    return new Places(
        columns.size(),
        place(file, columns, layout.text()).orElseThrow(),
        layout.pair().flatMap(pair -> place(file, columns, pair)),
        place(file, columns, layout.label()));
  }

  private static Optional<Integer> place(TextLines file, List<String> columns, String column) {
    String name = TableLayout.name(column);
    int place = columns.indexOf(name);
    if (place != columns.lastIndexOf(name)) {
      throw new DataFormatException(
          file.path(), 1, "column '%s' twice (expected: once)".formatted(column));
    }
    return place < 0 ? Optional.empty() : Optional.of(place);
  }

  private TextRow row(TextLines file, long line, Places places) {
    String[] cells = file.line(line).split("\t", -1);
    if (cells.length != places.columns()) {
      throw new BrokenRowException(
          "%d column(s) (expected: %d as in the header, without quoting)"
              .formatted(cells.length, places.columns()));
    }
    String text = sentence(layout.text(), cells[places.text()]);
    Optional<String> pair =
        places.pair().map(place -> sentence(layout.pair().orElseThrow(), cells[place]));
    Optional<String> label =
        places
            .label()
            .map(place ->
                Cells.required(file, line, layout.label(), cells[place], "the name of a class"));
    if (!label.equals(layout.unlabelled())) {
      label.ifPresent(name -> Cells.requireLabel(file, line, name, layout.known()));
    }
    return new TextRow(line, text, pair, label);
  }

  private static String sentence(String column, String cell) {
    String value = cell.strip();
    if (value.isEmpty()) {
      throw new BrokenRowException("no %s (expected: a text)".formatted(column));
    }
    return value;
  }

  /** A row that lacks a column or a sentence. */
  private static final class BrokenRowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenRowException(String problem) {
      super(problem);
    }
  }
}
