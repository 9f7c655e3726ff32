package dev.offramp.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FreshTextsTest {
  private static final String LONG = "one two three four five six seven eight nine ten";
  private static final String LONGER = LONG + " eleven";

  @Test
  void next_manyOfFewSentences_differAndKeepTheirWords() {
    var texts = new FreshTexts(List.of("too short", LONG, LONGER), 1);
    List<String> all = texts.next(1_000);
    assertThat(new HashSet<>(all)).hasSizeGreaterThan(990);
    for (int i = 0; i < all.size(); i++) {
      String sentence = i % 2 == 0 ? LONG : LONGER;
      assertThat(new TreeSet<>(List.of(all.get(i).split(" ", -1))))
          .isEqualTo(new TreeSet<>(List.of(sentence.split(" ", -1))));
    }
    assertThat(texts.next(1_000)).doesNotContainSequence(all);
  }

  @Test
  void new_noLongSentence_isRefused() {
    assertThatThrownBy(() -> new FreshTexts(List.of("too short"), 1))
        .hasMessage("sentences: 1, none of 10 words (expected: at least one)");
  }
}
