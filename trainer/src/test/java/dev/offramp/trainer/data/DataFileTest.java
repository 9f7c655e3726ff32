package dev.offramp.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataFileTest {
  private static final String MNLI_HEADER =
      "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence1\tsentence2\tlabel1"
          + "\tgold_label\n";

  /** A layout, a file of it with its traps, and the rows that the file holds. */
  record Layout(DataFormat format, String content, List<TextRow> rows) {}

  @SuppressWarnings("StringConcatToTextBlock") // One literal a row, whose tabs are to be seen.
  static final List<Layout> LAYOUTS =
      List.of(
          new Layout(
              DataFormat.SST2,
              "sentence\tlabel\n\"a fine film \t1\nno good \t0\n",
              List.of(single(2, "\"a fine film", "1"), single(3, "no good", "0"))),
          new Layout(
              DataFormat.MRPC,
              "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n"
                  + "1\t10\t20\tHe said \"yes.\tHe agreed.\r\n0\t11\t21\tA dog.\tA \"\"cat\"\".\r\n",
              List.of(
                  pair(2, "He said \"yes.", "He agreed.", "1"),
                  pair(3, "A dog.", "A \"\"cat\"\".", "0"))),
          new Layout(
              DataFormat.RTE,
              "index\tsentence1\tsentence2\tlabel\n0\tIt rains.\tIt is wet.\tentailment\n"
                  + "1\tIt rains.\tIt snows.\tnot_entailment\n",
              List.of(
                  pair(2, "It rains.", "It is wet.", "entailment"),
                  pair(3, "It rains.", "It snows.", "not_entailment"))),
          new Layout(
              DataFormat.QNLI,
              "index\tquestion\tsentence\tlabel\n0\tWho?\tAnn did.\tentailment\n"
                  + "1\tWhen?\tAnn did.\tnot_entailment\n",
              List.of(
                  pair(2, "Who?", "Ann did.", "entailment"),
                  pair(3, "When?", "Ann did.", "not_entailment"))),
          new Layout(
              DataFormat.QQP,
              "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
                  + "7\t1\t2\tHow old?\tWhat age?\t1\n8\t3\t4\tcut\n\n"
                  + "9\t5\t6\tHow?\t\t0\n10\t7\t8\tHow?\tWhy?\t0\n",
              List.of(pair(2, "How old?", "What age?", "1"), pair(6, "How?", "Why?", "0"))),
          new Layout(
              DataFormat.MNLI,
              MNLI_HEADER
                  + "0\t1\t1e\tfiction\t( It rains )\tIt rains.\tIt is wet.\tneutral\tentailment\n"
                  + "1\t2\t2n\tfiction\t( It )\tIt.\tThat.\tneutral\t-\n"
                  + "2\t3\t3c\tfiction\t( No )\tNo.\tYes.\tneutral\tcontradiction\n",
              List.of(
                  pair(2, "It rains.", "It is wet.", "entailment"),
                  pair(4, "No.", "Yes.", "contradiction"))),
          new Layout(
              DataFormat.COLA,
              "gj04\t1\t\tThe dog \"barks.\ngj04\t0\t*\tDog the barks.",
              List.of(single(1, "The dog \"barks.", "1"), single(2, "Dog the barks.", "0"))),
          new Layout(
              DataFormat.JSONL,
              "{\"text\":\"a\\tb\\nc\",\"label\":\"x\"}\n{\"id\":7,\"label\":3,\"text\":\" d \"}\n",
              List.of(single(1, "a\tb\nc", "x"), single(2, "d", "3"))),
          new Layout(
              DataFormat.JSONL,
              "{\"text\":\"a\",\"pair\":\"b\",\"label\":1}\n"
                  + "{\"text\":\"c\",\"text_pair\":\"d\",\"label\":0}\n"
                  + "{\"sentence1\":\"e\",\"sentence2\":\"f\",\"label\":\"1\"}\n",
              List.of(pair(1, "a", "b", "1"), pair(2, "c", "d", "0"), pair(3, "e", "f", "1"))),
          new Layout(
              DataFormat.TSV,
              "{\"code\": 1}\tx\nindex\ty\n",
              List.of(single(1, "{\"code\": 1}", "x"), single(2, "index", "y"))));

  @TempDir Path directory;

  @ParameterizedTest
  @FieldSource("LAYOUTS")
  void labelled_eachLayout_isRecognizedAndReadAlikeWhenNamed(Layout layout) {
    Path path = write(layout.content());
    DataFile recognized = DataFile.labelled(path, DataFormat.AUTO);
    assertThat(recognized.format()).isEqualTo(layout.format());
    assertThat(recognized.rows()).isEqualTo(layout.rows());
    assertThat(DataFile.labelled(path, layout.format())).isEqualTo(recognized);
    assertThat(DataFile.any(path, DataFormat.AUTO)).isEqualTo(recognized);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "index\tsentence\n0\ta film\n",
        "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t1\t2\ta film\tb\n",
        "index\tsentence1\tsentence2\n0\ta film\tb\n",
        "index\tquestion\tsentence\n0\ta film\tb\n",
        "id\tquestion1\tquestion2\n0\ta film\tb\n",
        "index\tpromptID\tsentence1\tsentence2\n0\t1\ta film\tb\n",
        "{\"text\":\"a film\"}\n",
        "a film\n"
      })
  void any_testFileWithoutLabels_hasTextsOnlyAndIsNoLabelledFile(String content) {
    Path path = write(content);
    assertThat(DataFile.any(path, DataFormat.AUTO).rows())
        .singleElement()
        .satisfies(row -> {
          assertThat(row.text()).isEqualTo("a film");
          assertThat(row.label()).isEmpty();
          assertThat(row.pair())
              .isEqualTo(content.contains("\tb\n") ? Optional.of("b") : Optional.empty());
        });
    assertThatThrownBy(() -> DataFile.labelled(path, DataFormat.AUTO))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("expected: ")
        .hasMessageContaining("label");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mrpc  | Quality~#1 String~#2 String;1~a~b;2~c~d            | line 3: label '2' (expected: one of 0, 1)
          mrpc  | Quality~#1 String~#2 String;1~a~b;1~c              | line 3: 2 column(s) (expected: 3 as in the header
          rte   | index~sentence1~sentence2~label;0~a~~entailment    | line 2: no sentence2 (expected: a text)
          qnli  | index~question~sentence~label;0~a~b~               | line 2: no label (expected: the name of a class)
          qqp   | question1~question2~is_duplicate;a~b~1;c~d~yes     | line 3: label 'yes' (expected: one of 0, 1)
          mnli  | sentence1~sentence2~gold_label;a~b~maybe           | line 2: label 'maybe' (expected: one of contradiction, entailment, neutral)
          mnli  | sentence1~sentence2~gold_label~gold_label;a~b~-~-  | line 1: column 'gold_label' twice
          rte   | text~label;a~b                                     | line 1: header [text, label] (expected: a header with the columns sentence1, sentence2, label)
          cola  | gj~1~~a;gj~2~~b                                    | line 2: label '2' (expected: one of 0, 1)
          cola  | gj~1~~a;gj~1~b                                     | line 2: 3 column(s) (expected: 4 columns
          cola  | gj~1~~                                             | line 1: no sentence
          cola  | sentence~label;a~1                                 | line 1: a header with labels (expected: 4 columns
          auto  | gj~1~~a;gj~x~~b                                    | line 2: not a row of CoLA, as the lines before it are (expected: source, label 0 or 1, mark, sentence; say --format cola if it is one)
          auto  | gj~x~~a;gj~1~~b                                    | line 1: 4 columns and no header that is known (expected: text<TAB>label, or a header; if this is CoLA, say --format cola)
          auto  | a~b~c                                              | line 1: 3 column(s) (expected: 2, text<TAB>label
          sst2  | sentence~label;a~1;;b~0                            | line 3: empty (expected: a row
          """)
  void labelled_badRow_isNamedWithValueAndExpectation(
      String format, String content, String message) {
    Path path = write(content.replace('~', '\t').replace(';', '\n') + "\n");
    assertThatThrownBy(() -> DataFile.labelled(path, DataFormat.ofId(format)))
        .isInstanceOf(DataFormatException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"text":"b","label":true}                  | label: true (expected: a string or a whole number)
          {"text":"b","label":1.0}                   | label: 1.0 (expected
          {"text":"b","label":null}                  | label: null (expected
          {"text":"b","label":""}                    | no label
          {"text":"b"}                               | no label (expected: one, as in line 1)
          {"text":7,"label":"1"}                     | text: 7 (expected: a string)
          {"text":" ","label":"1"}                   | no text
          {"label":"1"}                              | no text
          {"text":"b","pair":"c","label":"1"}        | a pair (expected: none, as in line 1)
          {"text":"b","text":"c","label":"1"}        | no JSON
          {"text":"b","sentence1":"c","label":"1"}   | both text and sentence1
          {"sentence1":"c","label":"1"}              | no sentence2
          {"text":"b","label":"1"                    | no JSON
          ["b", "1"]                                 | JSON ARRAY (expected: an object with text
          """)
  void labelled_badJsonLine_isNamedWithValueAndExpectation(String line, String message) {
    Path path = write("{\"text\":\"a\",\"label\":\"1\"}\n" + line + "\n");
    assertThatThrownBy(() -> DataFile.labelled(path, DataFormat.AUTO))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("line 2: ")
        .hasMessageContaining(message);
  }

  @Test
  void labelled_qqpWithManyBrokenRows_isRefusedAtTheFirst() {
    String rows = "0\t1\t2\ta\tb\t1\n" + "0\t1\t2\tcut\n".repeat(11);
    Path path = write("id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n" + rows);
    assertThatThrownBy(() -> DataFile.labelled(path, DataFormat.AUTO))
        .hasMessageContaining("line 3: 4 column(s) (expected: 6");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "?*", "??", "*?", ""})
  void labelled_colaMarks_areAllKnown(String mark) {
    assertThat(DataFile.labelled(write("gj\t0\t" + mark + "\ta\n"), DataFormat.AUTO).format())
        .isEqualTo(DataFormat.COLA);
  }

  @Test
  void labelled_nameEndsInJsonl_isJsonLinesWhateverItHolds() throws IOException {
    Path path = Files.writeString(directory.resolve("texts.jsonl"), "a\tx\n");
    assertThatThrownBy(() -> DataFile.labelled(path, DataFormat.AUTO))
        .hasMessageContaining("line 1: no JSON");
  }

  @Test
  void any_tabAfterALineWithoutOne_isRefusedWithItsLine() {
    assertThatThrownBy(() -> DataFile.any(write("a film\nb\tpos\nc\tneg\n"), DataFormat.AUTO))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining(
            "line 2: a tab, and line 1 has none (expected: text<TAB>label on every");
  }

  @Test
  void any_loneCarriageReturnAndOtherLineEnds_endNoLine() {
    String text = "a\rb\u2028c\u0085d\u000be";
    assertThat(DataFile.any(write(text + "\r\nf\n"), DataFormat.AUTO).rows())
        .extracting(TextRow::text)
        .containsExactly(text, "f");
    assertThat(DataFile.any(write(text + "\tx\r\nf\ty"), DataFormat.AUTO).rows())
        .containsExactly(single(1, text, "x"), single(2, "f", "y"));
  }

  @ParameterizedTest
  @EnumSource
  void labelled_emptyFile_isRefused(DataFormat format) {
    assertThatThrownBy(() -> DataFile.labelled(write(""), format))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("no rows (expected: at least one text)");
  }

  @Test
  void ofId_unknownFormat_isRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> DataFormat.ofId("csv"))
        .hasMessage(
            "format: 'csv' (expected: one of [auto, tsv, sst2, mrpc, rte, qnli, qqp, mnli, cola,"
                + " jsonl])");
  }

  private static TextRow single(long line, String text, String label) {
    return new TextRow(line, text, Optional.empty(), Optional.of(label));
  }

  private static TextRow pair(long line, String text, String pair, String label) {
    return new TextRow(line, text, Optional.of(pair), Optional.of(label));
  }

  private Path write(String content) {
    try {
      return Files.writeString(directory.resolve("texts.tsv"), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void labelled_headerOfLabelsFirst_findsColumnsByTheirNames() {
    List<TextRow> rows =
        DataFile.labelled(write("Label\tText\ngood\ta film\nbad\tno film\n"), DataFormat.AUTO)
            .rows();
    assertThat(rows).extracting(TextRow::text).containsExactly("a film", "no film");
    assertThat(rows)
        .extracting(TextRow::label)
        .containsExactly(Optional.of("good"), Optional.of("bad"));
  }
}
