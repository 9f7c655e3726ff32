package dev.offramp.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenizerTest {
  @TempDir private Path directory;

  @BeforeEach
  void writeVocabulary() throws IOException {
    TinyVocabulary.write(directory);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      textBlock =
          """
          a good film,                2 5 8 6 3
          A GOOD Film,                2 5 8 6 3
          films,                      2 6 7 3
          unwatchable,                2 10 11 12 3
          "  a\t film  ",             2 5 6 3
          "good, not bad!",           2 8 15 17 9 14 3
          isn't,                      2 1 16 1 3
          café,                       2 13 3
          CAFÉ,                       2 13 3
          cafe\u0301,                 2 13 3
          映画,                       2 20 21 3
          a映film,                    2 5 20 6 3
          filmx,                      2 1 3
          "\uD83D\uDE00 film",        2 1 6 3
          "film\u0000s",              2 6 7 3
          [MASK] film,                2 4 6 3
          """)
  void encode_text_isItsPieces(String text, String ids) {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      EncodedText encoded = tokenizer.encode(text);

      assertThat(encoded.ids()).containsExactly(ids(ids));
      assertThat(encoded.types()).containsOnly(0);
    }
  }

  @Test
  void encode_pair_isTwoPartsOfTheirOwnTypes() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      EncodedText encoded = tokenizer.encode("a film", "not bad !", false);

      assertThat(encoded.ids()).containsExactly(2, 5, 6, 3, 17, 9, 14, 3);
      assertThat(encoded.types()).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
    }
  }

  @Test
  void encode_wordOverAHundredCharacters_isUnknownAsAWhole() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 300)) {
      assertThat(tokenizer.encode("film" + "s".repeat(96)).length()).isEqualTo(99);
      assertThat(tokenizer.encode("film" + "s".repeat(97)).ids()).containsExactly(2, 1, 3);
    }
  }

  @Test
  void encode_exactlyTheLimit_fits() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 5)) {
      assertThat(tokenizer.encode("a good film").length()).isEqualTo(5);
    }
  }

  @Test
  void encode_tooLong_isRefusedWithLimitAndLength() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 5)) {
      assertThatThrownBy(() -> tokenizer.encode("a good , good film"))
          .isInstanceOfSatisfying(
              TextTooLongException.class,
              e -> assertThat(List.of(e.length(), e.limit())).containsExactly(7, 5))
          .hasMessageContaining("7 tokens")
          .hasMessageContaining("at most 5");
    }
  }

  @Test
  void encode_tooLongWithTruncation_keepsTheStartAndTheSeparator() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 5)) {
      EncodedText encoded = tokenizer.encode("a good , bad film", null, true);

      assertThat(encoded.ids()).containsExactly(2, 5, 8, 15, 3);
    }
  }

  @Test
  void encode_tooLongPairWithTruncation_keepsBothSeparators() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 8)) {
      EncodedText encoded = tokenizer.encode("a a a a a a a a", "bad films", true);

      assertThat(encoded.ids()).containsExactly(2, 5, 5, 5, 3, 9, 6, 3);
      assertThat(encoded.types()).containsExactly(0, 0, 0, 0, 0, 1, 1, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n", "\u2003", "\u0000", "\u200B"})
  void encode_textWithoutAWord_isRefused(String text) {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      assertThatThrownBy(() -> tokenizer.encode(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("text: empty (expected: at least one word)");
      assertThatThrownBy(() -> tokenizer.encode("film", text, true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("pair: empty (expected: at least one word)");
    }
  }

  @Test
  void encode_halfOfASurrogatePair_isRefused() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      for (String text : List.of("film \uD83D", "\uDE00 film", "a \uDE00\uD83D film")) {
        assertThatThrownBy(() -> tokenizer.encode(text))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("surrogate");
      }
      assertThat(tokenizer.encode("film").ids()).containsExactly(2, 6, 3);
    }
  }

  @Test
  void encode_manyThreadsAtOnce_givesEachItsOwnIds() throws Exception {
    List<String> words = List.of("a", "film", "good", "bad", "not", "the");
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64);
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var texts = new ArrayList<String>();
      var answers = new ArrayList<Future<EncodedText>>();
      for (int i = 0; i < 2_000; i++) {
        String text = String.join(" ", Collections.nCopies(1 + i % 50, words.get(i % 6)));
        texts.add(text);
        answers.add(executor.submit(() -> tokenizer.encode(text)));
      }
      for (int i = 0; i < answers.size(); i++) {
        int[] expected = new int[2 + 1 + i % 50];
        Arrays.fill(expected, TinyVocabulary.PIECES.indexOf(words.get(i % 6)));
        expected[0] = 2;
        expected[expected.length - 1] = 3;
        assertThat(answers.get(i).get().ids()).as(texts.get(i)).containsExactly(expected);
      }
    }
  }

  @Test
  void load_casedOption_keepsCaseAndAccents() throws IOException {
    Files.writeString(directory.resolve(Tokenizer.OPTIONS), "{\"do_lower_case\": false}");
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      assertThat(tokenizer.encode("Film film café").ids()).containsExactly(2, 18, 6, 24, 3);
    }
  }

  @Test
  void load_accentOption_isTakenApartFromTheCase() throws IOException {
    Files.writeString(
        directory.resolve(Tokenizer.OPTIONS),
        "{\"do_lower_case\": true, \"strip_accents\": false}");
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      assertThat(tokenizer.encode("FILM CAFÉ").ids()).containsExactly(2, 6, 24, 3);
    }
  }

  @Test
  void load_chineseOption_joinsItsCharacters() throws IOException {
    Files.writeString(directory.resolve(Tokenizer.OPTIONS), "{\"tokenize_chinese_chars\": false}");
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      assertThat(tokenizer.encode("映画").ids()).containsExactly(2, 1, 3);
    }
  }

  @Test
  void load_optionThatIsNoBoolean_isRefused() throws IOException {
    Files.writeString(directory.resolve(Tokenizer.OPTIONS), "{\"do_lower_case\": {\"a\": 1}}");
    assertThatThrownBy(() -> Tokenizer.load(directory, 64))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(Tokenizer.OPTIONS)
        .hasMessageContaining("do_lower_case");
  }

  @Test
  void load_description_winsAndItsOwnTruncationAndPaddingDoNot() throws IOException {
    Files.writeString(
        directory.resolve(Tokenizer.DESCRIPTION),
        WordPieceDescription.read(directory)
            .replaceFirst(
                "\\{",
                """
                {
                "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst",
                  "stride": 0},
                "padding": {"strategy": {"Fixed": 12}, "direction": "Right",
                  "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
                """));
    Files.writeString(directory.resolve(Tokenizer.VOCABULARY), "not a vocabulary");
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      assertThat(tokenizer.encode("a good , bad film").ids()).containsExactly(2, 5, 8, 15, 9, 6, 3);
      assertThat(tokenizer.encode("film").ids()).containsExactly(2, 6, 3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{}", "{\"version\": \"1.0\", \"model\": 7}"})
  void load_descriptionThatIsNone_isRefused(String json) throws IOException {
    Files.writeString(directory.resolve(Tokenizer.DESCRIPTION), json);
    assertThatThrownBy(() -> Tokenizer.load(directory, 64))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(directory.toString());
  }

  @Test
  void load_noTokenizer_isRefused(@TempDir Path empty) {
    assertThat(Tokenizer.isIn(empty)).isFalse();
    assertThatThrownBy(() -> Tokenizer.load(empty, 64))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("has neither tokenizer.json nor vocab.txt");
  }

  @ParameterizedTest
  @CsvSource({
    "vocab.json merges.txt, vocab.json and merges.txt",
    "spiece.model, spiece.model",
    "sentencepiece.bpe.model, sentencepiece.bpe.model"
  })
  void load_onlyASlowTokenizersFiles_isRefusedWithWhatToDo(
      String files, String named, @TempDir Path slow) throws IOException {
    for (String file : files.split(" ", -1)) {
      Files.writeString(slow.resolve(file), "{}");
    }
    assertThatThrownBy(() -> Tokenizer.load(slow, 64))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("has of its tokenizer only " + named + " (expected: tokenizer.json")
        .hasMessageContaining("save_pretrained");
  }

  @Test
  void load_pieceTwice_isRefusedWithItsLine() throws IOException {
    var pieces = new ArrayList<>(TinyVocabulary.PIECES);
    pieces.add(7, "film");
    Files.write(directory.resolve(Tokenizer.VOCABULARY), pieces);
    assertThatThrownBy(() -> Tokenizer.load(directory, 64))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("line 8: 'film' stands twice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"})
  void load_specialPieceMissing_isRefused(String special) throws IOException {
    var pieces = new ArrayList<>(TinyVocabulary.PIECES);
    pieces.remove(special);
    Files.write(directory.resolve(Tokenizer.VOCABULARY), pieces);
    assertThatThrownBy(() -> Tokenizer.load(directory, 64))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("has no " + special);
  }

  @Test
  void load_vocabularyThatIsNotUtf8_isRefused() throws IOException {
    Files.write(directory.resolve(Tokenizer.VOCABULARY), new byte[] {'a', '\n', (byte) 0xC3, '\n'});
    assertThatThrownBy(() -> Tokenizer.load(directory, 64))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(Tokenizer.VOCABULARY);
  }

  @Test
  void load_limitWithoutRoomForAWord_isRefused() {
    assertThatThrownBy(() -> Tokenizer.load(directory, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("maxTokens: 2 (expected: >= 3");
  }

  @Test
  void vocabSize_vocabularyOrDescription_isOneMoreThanTheLargestId() throws IOException {
    assertThat(Tokenizer.vocabSize(directory)).isEqualTo(TinyVocabulary.PIECES.size());

    Files.writeString(
        directory.resolve(Tokenizer.DESCRIPTION),
        """
        {"model": {"vocab": {"a": 0, "b": 41}}, "added_tokens": [{"id": 99, "content": "[X]"}]}
        """);
    assertThat(Tokenizer.vocabSize(directory)).isEqualTo(100);
  }

  @Test
  void files_allThree_areListed() throws IOException {
    assertThat(Tokenizer.files(directory)).containsExactly(Tokenizer.VOCABULARY);
    Files.writeString(directory.resolve(Tokenizer.OPTIONS), "{}");
    Files.writeString(directory.resolve(Tokenizer.DESCRIPTION), "{}");
    assertThat(Tokenizer.files(directory))
        .containsExactlyInAnyOrder(Tokenizer.DESCRIPTION, Tokenizer.VOCABULARY, Tokenizer.OPTIONS);
  }

  private static int[] ids(String spaced) {
    return Arrays.stream(spaced.split(" ")).mapToInt(Integer::parseInt).toArray();
  }
}
