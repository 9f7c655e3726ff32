package dev.offramp.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * A table for the terminal: first column to the left, numbers to the right, as wide as it must be.
 */
public final class TextTable {
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
    var text = new StringBuilder();
    for (List<String> row : all) {
      var line = new StringBuilder();
      for (int c = 0; c < widths.length; c++) {
        String padding = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? "" : "  ");
        line.append(c == 0 ? row.get(c) + padding : padding + row.get(c));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
