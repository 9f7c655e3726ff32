package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordPieceVocabularyTest {
  @TempDir Path directory;

  @Test
  void learn_byHand_mergesTheMostFrequentPairFirst() {
    // Pairs: (a, ##b) 3 + 1, (##b, ##c) 1, (c, ##a) 1, (##a, ##b) 1: "ab" first, then ties by name.
    List<String> pieces = WordPieceVocabulary.learn(List.of("ab ab ab", "abc", "cab"), 14, 1);
    assertThat(pieces)
        .containsExactly(
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", // special
            "##a", "##b", "##c", "a", "c", // characters
            "ab", "##ab", "abc", "cab");
  }

  @Test
  void learn_sameTextsInAnotherOrder_givesTheSameVocabulary() {
    List<String> texts = new ArrayList<>(texts());
    List<String> first = WordPieceVocabulary.learn(texts, 120, 2);
    Collections.shuffle(texts, new Random(7));
    assertThat(WordPieceVocabulary.learn(texts, 120, 2)).isEqualTo(first);
  }

  @Test
  void learn_pairsRarerThanAsked_stopsEarly() {
    List<String> pieces = WordPieceVocabulary.learn(List.of("ab ab cd"), 100, 2);
    assertThat(pieces).contains("ab").doesNotContain("cd");
  }

  @Test
  void learn_sizeBelowTheAlphabet_saysWhatIsNeeded() {
    assertThatThrownBy(() -> WordPieceVocabulary.learn(List.of("abc"), 7, 1))
        .hasMessage("size: 7 (expected: >= 8, the special tokens and the characters of the text)");
  }

  @Test
  void learn_forTheTokenizer_leavesNoKnownTextUnknown() throws IOException {
    List<String> pieces = WordPieceVocabulary.learn(texts(), 90, 2);
    Files.write(directory.resolve(Tokenizer.VOCABULARY), pieces);
    int unknown = pieces.indexOf("[UNK]");
    try (Tokenizer tokenizer = Tokenizer.load(directory, 128)) {
      for (String text : texts()) {
        assertThat(tokenizer.encode(text).ids()).as(text).doesNotContain(unknown);
      }
    }
  }

  @Test
  void basicTokens_accentsCaseAndPunctuation_areThoseOfUncasedBert() {
    assertThat(BasicTokens.of("Crème\u00a0BRÛLÉE, it's  $5\tfor\u0000 東京!"))
        .containsExactly("creme", "brulee", ",", "it", "'", "s", "$", "5", "for", "東", "京", "!");
  }

  private static List<String> texts() {
    return List.of(
        "It's a charming and often affecting journey.",
        "Unflinchingly bleak, and desperate!",
        "Crème de la crème: a $5 film (1999)",
        "naïve café-goers won't mind; others will",
        "東京 story");
  }
}
