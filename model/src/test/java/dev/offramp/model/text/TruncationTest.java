package dev.offramp.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TruncationTest {
  private static final long SEED = 5;

  @TempDir private Path directory;

  /* The library cuts in the same places when it is told to, which nobody should have to notice. */
  @ParameterizedTest
  @ValueSource(ints = {5, 6, 9, 16})
  void cut_randomPairs_isTheLibrarysLongestFirst(int limit) throws IOException {
    String description = WordPieceDescription.read(TinyVocabulary.write(directory));
    var options = Map.of("truncation", "longest_first", "maxLength", Integer.toString(limit));
    var random = new SplittableRandom(SEED);
    try (Tokenizer ours = Tokenizer.load(directory, limit);
        HuggingFaceTokenizer theirs =
            HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(description.getBytes(StandardCharsets.UTF_8)), options)) {
      for (int i = 0; i < 300; i++) {
        String text = words(random, "good", "film");
        String pair = words(random, "bad", "play");
        var expected = theirs.encode(text, pair);

        EncodedText actual = ours.encode(text, pair, true);

        assertThat(actual.ids())
            .as("seed %d, case %d: '%s' and '%s'", SEED, i, text, pair)
            .containsExactly(ints(expected.getIds()));
        assertThat(actual.types()).containsExactly(ints(expected.getTypeIds()));
      }
    }
  }

  @Test
  void cut_pairToTheLeastLimit_keepsTheSpecialTokens() {
    EncodedText cut =
        Truncation.cut(
            new int[] {2, 8, 8, 3, 9, 9, 3},
            new int[] {0, 0, 0, 0, 1, 1, 1},
            new int[] {-1, 0, 0, -1, 1, 1, -1},
            3);

    assertThat(cut.ids()).containsExactly(2, 3, 3);
    assertThat(cut.types()).containsExactly(0, 0, 1);
  }

  @Test
  void cut_singleText_keepsTheStartAndTheSeparator() {
    EncodedText cut =
        Truncation.cut(new int[] {2, 5, 6, 7, 8, 3}, new int[6], new int[] {-1, 0, 0, 0, 0, -1}, 4);

    assertThat(cut.ids()).containsExactly(2, 5, 6, 3);
    assertThat(cut.types()).containsOnly(0);
  }

  private static String words(SplittableRandom random, String... words) {
    int count = random.nextInt(1, 20);
    return String.join(" ", Collections.nCopies(count, words[random.nextInt(words.length)]));
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }
}
