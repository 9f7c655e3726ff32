package dev.offramp.model.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
  @TempDir private Path directory;
  private Path file;

  record Point(int x, String name, List<String> tags) {
    Point {
      tags = List.copyOf(tags);
      if (x < 0) {
        throw new IllegalArgumentException("x: " + x + " (expected: >= 0)");
      }
    }
  }

  @BeforeEach
  void chooseFile() {
    file = directory.resolve("point.json");
  }

  @Test
  void read_written_isTheSame() throws IOException {
    var point = new Point(3, "ü \"\n", List.of("a", "b"));
    Json.write(file, point);

    assertThat(Json.read(file, Point.class)).isEqualTo(point);
    assertThat(Json.convert(Json.readTree(file), Point.class)).isEqualTo(point);
  }

  @Test
  void read_unknownField_isPassedOver() throws IOException {
    assertThat(read("{\"x\": 1, \"y\": 2, \"name\": \"n\", \"tags\": []}").x()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "7",
        "[]",
        "\"x\"",
        "{",
        "{\"x\": 1,}",
        "{\"x\": \"one\", \"name\": \"n\", \"tags\": []}",
        "{\"x\": null, \"name\": \"n\", \"tags\": []}",
        "{\"x\": 1, \"name\": \"n\"}",
        "{\"x\": 1, \"name\": \"n\", \"tags\": [null]}",
        "{\"x\": 1, \"name\": \"n\", \"tags\": []} more"
      })
  void read_fileThatIsNone_isRefusedWithItsName(String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(file + ": ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {\\n  "x": 1,\\n  "name" "n"}   | 3
          {\\n  "x": 1,\\n  "name": "n"   | 3
          {\\n  "x": "one"}             | 2
          {\\n  "x": 1,\\n  "x": 2}      | 3
          """)
  void read_fileThatIsNone_saysTheLineInOneLine(String json, int line) {
    assertThatThrownBy(() -> read(json.replace("\\n", "\n")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageMatching("[^\n]*line " + line + ", column \\d+[^\n]*")
        .hasMessageNotContainingAny("Source", "REDACTED");
  }

  @Test
  void readTree_fieldTwice_isRefused() throws IOException {
    Files.writeString(file, "{\"x\": 1, \"x\": 2}");

    assertThatThrownBy(() -> Json.readTree(file)).isInstanceOf(ModelFormatException.class);
  }

  @Test
  void read_valueThatTheRecordRefuses_saysWhatTheRecordSays() {
    assertThatThrownBy(() -> read("{\"x\": -1, \"name\": \"n\", \"tags\": []}"))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(file + ": x: -1 (expected: >= 0)");
  }

  @Test
  void read_noFile_isRefused() {
    assertThatThrownBy(() -> Json.read(file, Point.class))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(file + ": no such file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"name": "n", "tags": []}                       | x
          {"x": 1, "tags": []}                            | name
          {"x": 1, "name": null, "tags": []}              | name
          {"x": 1, "name": "n"}                           | tags
          {"x": 1, "name": "n", "tags": null}             | tags
          {"x": 1, "name": "n", "tags": ["a", null]}      | null
          {"x": 1.5, "name": "n", "tags": []}             | 1.5
          {"x": -1, "name": "n", "tags": []}              | x: -1 (expected: >= 0)
          7                                               | 7
          """)
  void convert_componentMissingOrNull_isRefusedWithItsName(String json, String reason) {
    var tree = Json.mapper().readTree(json);

    assertThatThrownBy(() -> Json.convert(tree, Point.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Point")
        .hasMessageContaining(reason);
  }

  private Point read(String json) throws IOException {
    Files.writeString(file, json);
    return Json.read(file, Point.class);
  }
}
