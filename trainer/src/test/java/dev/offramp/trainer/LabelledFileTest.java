package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.trainer.data.DataFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelledFileTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {"sentence\tlabel\n", "text\tlabel\n", "Text\tLabel\n", "\uFEFFtext\tlabel\n", ""})
  void read_withAnyHeaderOrNone_givesTheRows(String header) {
    LabelledFile file = read(header + "a fine film \t1\nno good\t0\n");
    int first = header.isEmpty() ? 1 : 2;
    assertThat(file.rows())
        .containsExactly(row("a fine film", "1", first), row("no good", "0", first + 1));
  }

  @Test
  void read_windowsLineEndsAndNoLastLineFeed_givesTheRows() {
    assertThat(read("text\tlabel\r\na\tx\r\nb\ty").rows())
        .containsExactly(row("a", "x", 2), row("b", "y", 3));
  }

  @Test
  void read_quotationMarks_areOrdinaryCharacters() {
    assertThat(read("\"a \"\"quote\tx\n").rows()).containsExactly(row("\"a \"\"quote", "x", 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"no label here", "a\tb\tc", "\t1", "a\t", ""})
  void read_badRow_isRefusedWithItsLineAndWhatWasExpected(String row) {
    assertThatThrownBy(() -> read("text\tlabel\ngood\t1\n" + row + "\nbad\t0\n"))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("texts.tsv, line 3:")
        .hasMessageContaining("expected: ")
        .hasMessageContaining("text<TAB>label");
  }

  @Test
  void read_notUtf8_namesTheLine() throws IOException {
    Path path = directory.resolve("latin1.tsv");
    Files.write(path, "good\t1\ncaf\u00e9\t0\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> LabelledFile.read(path))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("line 2: not UTF-8");
  }

  @Test
  void read_noRows_isRefused() {
    assertThatThrownBy(() -> read("text\tlabel\n")).hasMessageContaining("no rows");
  }

  @Test
  void read_noFile_isRefused() {
    assertThatThrownBy(() -> LabelledFile.read(directory.resolve("none.tsv")))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("none.tsv: no such file (expected: text<TAB>label a line)");
  }

  @Test
  void read_directory_isRefused() {
    assertThatThrownBy(() -> LabelledFile.read(directory))
        .isInstanceOf(DataFormatException.class)
        .hasMessage(directory + ": is a directory (expected: a file of text<TAB>label a line)");
    assertThatThrownBy(() -> EvaluationTexts.read(directory))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("is a directory (expected: a file of text<TAB>label, or one text");
  }

  @Test
  void labels_wholeNumbers_sortByValueAndNamesAsText() {
    assertThat(read("a\t10\nb\t9\nc\t10\n").labels()).containsExactly("9", "10");
    assertThat(read("a\tspam\nb\tham\n").labels()).containsExactly("ham", "spam");
  }

  @Test
  void sha256_isThatOfTheBytes() {
    // printf 'a\tb\n' | sha256sum
    assertThat(read("a\tb\n").sha256())
        .isEqualTo("5dd1197866f479824d9b483e1b7ae9ad3e518f3b4fd447c6b92d127dda6178c5");
  }

  private static LabelledText row(String text, String label, int line) {
    return new LabelledText(text, Optional.empty(), label, line);
  }

  private LabelledFile read(String content) {
    return LabelledFile.read(write(content));
  }

  private Path write(String content) {
    try {
      return Files.writeString(directory.resolve("texts.tsv"), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
