package dev.offramp.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of words never changes what a text becomes. */
final class PlainWordsTest {
  private static final long SEED = 20_261_125;

  private static final List<String> WORDS =
      List.of("a", "Film", "films", "GOOD", "unwatchable", "café", "映画", "isn't", "[MASK]", "[SEP");

  private static final List<String> BETWEEN =
      List.of(
          " ", "  ", "\t", "\n", "\r\n", ", ", "!", "...", "\u0000", "\u000b", "\u007f", "\u00a0");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"do_lower_case\": false}", "{\"strip_accents\": false}"})
  void encode_randomTexts_isWhatTheLibrarySays(String options) throws IOException {
    TinyVocabulary.write(directory);
    Files.writeString(directory.resolve(Tokenizer.OPTIONS), options);
    System.out.println("PlainWordsTest: seed " + SEED);
    var random = new Random(SEED);
    try (Tokenizer tokenizer = Tokenizer.load(directory, 40)) {
      int compared = 0;
      for (int i = 0; i < 3_000; i++) {
        String text = text(random);
        String pair = random.nextInt(3) == 0 ? text(random) : null;
        var expected = outcome(() -> tokenizer.encodeByLibrary(text, pair, true));
        var found = outcome(() -> tokenizer.encode(text, pair, true));

        assertThat(found).as("%s | %s", text, pair).isEqualTo(expected);
        compared += expected instanceof EncodedText ? 1 : 0;
      }
      assertThat(compared).isGreaterThan(2_000);
    }
  }

  @Test
  void encode_everyPlainCharacter_isWhatTheLibrarySays() throws IOException {
    TinyVocabulary.write(directory);
    try (Tokenizer tokenizer = Tokenizer.load(directory, 40)) {
      for (char c = 0; c < 0x180; c++) {
        String text = "film" + c + "good a" + c;
        EncodedText expected = tokenizer.encodeByLibrary(text, null, false);

        assertThat(tokenizer.encode(text)).as("character %d", (int) c).isEqualTo(expected);
      }
    }
  }

  @Test
  void encode_wordsOfEarlierTexts_needsNoLibrary() throws IOException {
    TinyVocabulary.write(directory);
    Tokenizer tokenizer = Tokenizer.load(directory, 40);
    try (tokenizer) {
      tokenizer.encode("a good film", "not bad!", false);
    }
    // Whatever asks the library now fails.
    assertThat(tokenizer.encode("not a good! bad film").ids())
        .containsExactly(2, 17, 5, 8, 14, 9, 6, 3);
    assertThat(tokenizer.encode("film", "bad", false).ids()).containsExactly(2, 6, 3, 9, 3);
    assertThatThrownBy(() -> tokenizer.encode("unseen")).isInstanceOf(RuntimeException.class);
  }

  @Test
  void find_wordsOfAnotherText_isTheirPieces() throws IOException {
    TinyVocabulary.write(directory);
    var words = new PlainWords();
    words.learn(
        "a films, good",
        ints(2, 5, 6, 7, 15, 8, 3),
        ints(-1, 0, 1, 1, 2, 3, -1),
        ints(-1, 0, 0, 0, 0, 0, -1),
        0);

    assertThat(words.find("good,films  a")).containsExactly(8, 15, 6, 7, 5);
    assertThat(words.find("good film")).isNull();
    assertThat(words.find("goöd")).isNull();
    assertThat(words.find(" \n")).isEmpty();
  }

  @Test
  void learn_textThatTheLibraryCutOtherwise_remembersNoWordBeyond() {
    var words = new PlainWords();
    words.learn("a b c", ints(5, 6, 7), ints(0, 2, 2), ints(0, 0, 0), 0);

    assertThat(words.find("a")).containsExactly(5);
    assertThat(words.find("b")).isNull();
    assertThat(words.find("c")).isNull();
  }

  @Test
  void encode_knownWordsThatAreTooMany_isRefusedOrCut() throws IOException {
    TinyVocabulary.write(directory);
    try (Tokenizer tokenizer = Tokenizer.load(directory, 4)) {
      assertThat(tokenizer.encode("a film").length()).isEqualTo(4);
      assertThatThrownBy(() -> tokenizer.encode("a film a"))
          .isInstanceOf(TextTooLongException.class);
      assertThat(tokenizer.encode("a film a", null, true).ids()).containsExactly(2, 5, 6, 3);
    }
  }

  @Test
  void cutsAsBert_otherPipelines_isFalse() throws IOException {
    TinyVocabulary.write(directory);
    String description = WordPieceDescription.read(directory);

    assertThat(TokenizerDescription.cutsAsBert(description)).isTrue();
    assertThat(TokenizerDescription.cutsAsBert(description.replace("\"[MASK]\"", "\"mask\"")))
        .isFalse();
    assertThat(TokenizerDescription.cutsAsBert(description.replace("BertPreTokenizer", "Split")))
        .isFalse();
    assertThat(TokenizerDescription.cutsAsBert(description.replace("BertNormalizer", "NFC")))
        .isFalse();
    assertThat(TokenizerDescription.cutsAsBert("{")).isFalse();
  }

  private static int[] ints(int... values) {
    return values;
  }

  private static String text(Random random) {
    return IntStream.range(0, random.nextInt(14))
        .mapToObj(i ->
            WORDS.get(random.nextInt(random.nextInt(4) == 0 ? WORDS.size() : 5))
                + BETWEEN.get(random.nextInt(random.nextInt(4) == 0 ? BETWEEN.size() : 7)))
        .collect(Collectors.joining());
  }

  private interface Encoding {
    EncodedText run();
  }

  /** What came of it: tokens, or the message of the refusal. */
  private static @Nullable Object outcome(Encoding encoding) {
    try {
      return encoding.run();
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }
}
