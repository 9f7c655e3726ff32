package dev.offramp.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RoBERTa's tokenizer: two separators between the parts of a pair, and no types. */
final class ByteLevelTokenizerTest {
  private static final long SEED = 6;

  @TempDir private Path directory;

  @BeforeEach
  void write() throws IOException {
    TinyByteLevel.write(directory);
  }

  @Test
  void encode_text_isItsPiecesBetweenItsSpecialTokens() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      EncodedText encoded = tokenizer.encode("good film!");

      assertThat(encoded.ids()).containsExactly(0, 17, 26, 13, 2);
      assertThat(encoded.types()).containsOnly(0);
    }
  }

  @Test
  void encode_pair_hasTwoSeparatorsBetweenAndNoTypes() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      EncodedText encoded = tokenizer.encode("good film", "bad", false);

      assertThat(encoded.ids()).containsExactly(0, 17, 26, 2, 2, 19, 2);
      assertThat(encoded.types()).containsOnly(0);
    }
  }

  @Test
  void encode_blankPart_isRefusedByName() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      // No piece begins with these bytes, so nothing of the text is left.
      for (String nothing : new String[] {" ", "\u00e9"}) {
        assertThatThrownBy(() -> tokenizer.encode("film", nothing, false))
            .hasMessage("pair: empty (expected: at least one word)");
        assertThatThrownBy(() -> tokenizer.encode(nothing, "film", false))
            .hasMessage("text: empty (expected: at least one word)");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 6, 9, 16})
  void encode_tooLongPair_isCutAsTheLibraryCutsIt(int limit) throws IOException {
    var options = Map.of("truncation", "longest_first", "maxLength", Integer.toString(limit));
    var random = new SplittableRandom(SEED);
    try (Tokenizer ours = Tokenizer.load(directory, limit);
        HuggingFaceTokenizer theirs =
            HuggingFaceTokenizer.newInstance(directory.resolve(Tokenizer.DESCRIPTION), options)) {
      for (int i = 0; i < 300; i++) {
        String text = words(random, "good", "film");
        String pair = words(random, "bad", "a");

        EncodedText actual = ours.encode(text, pair, true);

        assertThat(actual.ids())
            .as("seed %d, case %d: '%s' and '%s'", SEED, i, text, pair)
            .containsExactly(
                Arrays.stream(theirs.encode(text, pair).getIds())
                    .mapToInt(Math::toIntExact)
                    .toArray());
      }
    }
  }

  @Test
  void encode_pairWithoutRoomForItsSpecialTokens_isRefused() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 3)) {
      assertThatThrownBy(() -> tokenizer.encode("good", "bad", true))
          .isInstanceOf(TextTooLongException.class);
    }
  }

  @Test
  void maskId_roberta_isItsMask() {
    try (Tokenizer tokenizer = Tokenizer.load(directory, 64)) {
      assertThat(tokenizer.maskId()).hasValue(27);
    }
  }

  @Test
  void maskId_bert_isItsMaskIfThereIsOne(@TempDir Path bert) throws IOException {
    try (Tokenizer tokenizer = Tokenizer.load(TinyVocabulary.write(bert), 64)) {
      assertThat(tokenizer.maskId()).hasValue(4);
    }
    var pieces = new ArrayList<>(TinyVocabulary.PIECES);
    pieces.set(4, "mask");
    Files.write(bert.resolve(Tokenizer.VOCABULARY), pieces);
    try (Tokenizer tokenizer = Tokenizer.load(bert, 64)) {
      assertThat(tokenizer.maskId()).isEmpty();
    }
  }

  private static String words(SplittableRandom random, String... words) {
    int count = random.nextInt(1, 20);
    return String.join(" ", Collections.nCopies(count, words[random.nextInt(words.length)]));
  }
}
