package dev.offramp.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A table for the terminal: columns of numbers to the right, others to the left. */
public final class TextTable {
  private static final Pattern NUMBER = Pattern.compile("[-+<>]?\\d+(\\.\\d+)?(e-?\\d+)?( |%|x?$)");

  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with these column names. */
  public TextTable(String... header) {
    this.header = List.of(header);
  }

  /** Adds a row of as many cells as there are columns. */
  public TextTable row(String... cells) {
    if (cells.length != header.size()) {
      throw new IllegalArgumentException(
          "cells: " + cells.length + " (expected: " + header.size() + ")");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** The lines of the table, each ending in a line feed. */
  public String render() {
    var all = new ArrayList<List<String>>();
    all.add(header);
    all.addAll(rows);
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    boolean[] toTheRight = new boolean[widths.length];
    for (int c = 0; c < widths.length; c++) {
      int column = c;
      toTheRight[c] = rows.stream().map(row -> row.get(column)).allMatch(TextTable::isNumber);
    }
    var text = new StringBuilder();
    for (List<String> row : all) {
      var line = new StringBuilder();
      for (int c = 0; c < widths.length; c++) {
        String padding = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? "" : "  ");
        line.append(toTheRight[c] ? padding + row.get(c) : row.get(c) + padding);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** Whether a cell begins as numbers do, whatever their unit, or holds the place of one. */
  private static boolean isNumber(String cell) {
    return cell.isEmpty() || cell.equals("-") || NUMBER.matcher(cell).lookingAt();
  }
}
