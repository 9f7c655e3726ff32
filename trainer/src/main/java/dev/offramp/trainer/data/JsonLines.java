package dev.offramp.trainer.data;

import dev.offramp.model.io.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * One JSON object a line: {@code text} and, of a pair, {@code pair} or {@code text_pair}; or {@code
 * sentence1} and {@code sentence2}; and {@code label}, a string or a whole number. Other fields
 * count for nothing. All rows are pairs or none is, and all have labels or none has.
 */
final class JsonLines implements RowReader {
  private static final String ROW =
      "an object with text, or text and pair, or sentence1 and sentence2, and label";

  @Override
  public List<TextRow> read(TextLines file) {
    var rows = new ArrayList<TextRow>(file.lines().size());
    for (long number : file.rows(1, ROW)) {
      TextRow row = new Line(file, number, object(file, number)).row();
      if (!rows.isEmpty()) {
        requireAlike(file, rows.getFirst(), row);
      }
      rows.add(row);
    }
    return rows;
  }

  private static void requireAlike(TextLines file, TextRow first, TextRow row) {
    requireAlike(file, first, row, "pair", first.pair().isPresent(), row.pair().isPresent());
    requireAlike(file, first, row, "label", first.label().isPresent(), row.label().isPresent());
  }

  private static void requireAlike(
      TextLines file, TextRow first, TextRow row, String what, boolean expected, boolean found) {
    if (expected != found) {
      throw new DataFormatException(
          file.path(),
          row.line(),
          "%s %s (expected: %s, as in line %d)"
              .formatted(found ? "a" : "no", what, expected ? "one" : "none", first.line()));
    }
  }

  private static JsonNode object(TextLines file, long line) {
    JsonNode node;
    try {
      node = Json.mapper().readTree(file.line(line));
    } catch (JacksonException e) {
      throw new DataFormatException(
          file.path(), line, "no JSON: %s (expected: %s)".formatted(Json.problem(e), ROW));
    }
    if (!node.isObject()) {
      throw new DataFormatException(
          file.path(), line, "JSON %s (expected: %s)".formatted(node.getNodeType(), ROW));
    }
    return node;
  }

  /** The fields of one line. */
  private record Line(TextLines file, long number, JsonNode json) {
    TextRow row() {
      boolean named = json.has("sentence1") || json.has("sentence2");
      if (named && json.has("text")) {
        throw bad("both text and sentence1 or sentence2 (expected: one or the other)");
      }
      if (json.has("pair") && json.has("text_pair")) {
        throw bad("both pair and text_pair (expected: one or the other)");
      }
      String second = named ? "sentence2" : json.has("pair") ? "pair" : "text_pair";
      String text = text(named ? "sentence1" : "text");
      Optional<String> pair =
          named || json.has(second) ? Optional.of(text(second)) : Optional.empty();
      return new TextRow(number, text, pair, label());
    }

    private String text(String field) {
      JsonNode value = json.path(field);
      if (value.isMissingNode()) {
        throw bad("no %s (expected: %s)".formatted(field, ROW));
      }
      if (!value.isString()) {
        throw bad("%s: %s (expected: a string)".formatted(field, value));
      }
      return Cells.required(file, number, field, value.asString(), ROW);
    }

    private Optional<String> label() {
      JsonNode value = json.path("label");
      if (value.isMissingNode()) {
        return Optional.empty();
      }
      if (!value.isString() && !value.isIntegralNumber()) {
        throw bad("label: %s (expected: a string or a whole number)".formatted(value));
      }
      return Optional.of(Cells.required(file, number, "label", value.asString(), ROW));
    }

    private DataFormatException bad(String problem) {
      return new DataFormatException(file.path(), number, problem);
    }
  }
}
