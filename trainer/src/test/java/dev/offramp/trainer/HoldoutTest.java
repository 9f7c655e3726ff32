package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HoldoutTest {
  @Test
  void split_nothingAsked_keepsAll() {
    List<LabelledText> rows = rows("a b", "a");
    assertThat(Holdout.split(rows, 0, 1)).isEqualTo(new Holdout(rows, List.of()));
  }

  @Test
  void split_phrases_neverSetAsideAndGoWithTheirOnlySentence() {
    List<LabelledText> rows =
        rows("one two three", "two three", "two", "four five two", "four five");
    for (long seed = 0; seed < 8; seed++) {
      Holdout split = Holdout.split(rows, 1, seed);
      assertThat(split.heldOut()).hasSize(1);
      String heldOut = split.heldOut().getFirst().text();
      List<LabelledText> expected =
          heldOut.equals("one two three")
              ? rows("two", "four five two", "four five")
              : rows("one two three", "two three", "two");
      assertThat(heldOut).isIn("one two three", "four five two");
      assertThat(split.training()).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void split_sameSeed_isTheSame() {
    List<LabelledText> rows = rows("a b", "c d", "e f", "g h", "i j");
    assertThat(Holdout.split(rows, 2, 5)).isEqualTo(Holdout.split(rows, 2, 5));
  }

  @Test
  void split_pairs_areWholeAndLeaveWithTheirDoublesOnly() {
    LabelledText pair = pair("one two", "three");
    List<LabelledText> rows =
        List.of(pair, pair("one", "two three"), pair("one two", "four"), pair, pair("a", "three"));
    for (long seed = 0; seed < 8; seed++) {
      Holdout split = Holdout.split(rows, 2, seed);
      assertThat(split.heldOut()).as("seed %d", seed).hasSize(2).doesNotHaveDuplicates();
      assertThat(split.training())
          .as("seed %d", seed)
          .isEqualTo(rows.stream().filter(row -> !split.heldOut().contains(row)).toList());
    }
  }

  private static LabelledText pair(String text, String pair) {
    return new LabelledText(text, Optional.of(pair), "x", 0);
  }

  @Test
  void split_moreThanThereIs_isRefused() {
    assertThatThrownBy(() -> Holdout.split(rows("a b", "b"), 1, 1))
        .hasMessage("holdout: 1 (expected: < 1, the whole texts of the file)");
  }

  /** Its spans are two thousand million. */
  @Test
  void split_rowOfManyWords_takesNoTimeForPartsThatNoRowIs() {
    var words = new StringBuilder("part of it");
    for (int i = 0; i < 60_000; i++) {
      words.append(' ').append(i);
    }
    List<LabelledText> rows = rows(words.toString(), "it 0 1", "another", "one more");
    for (long seed = 0; seed < 8; seed++) {
      Holdout split = Holdout.split(rows, 1, seed);
      boolean longIsHeldOut = split.heldOut().getFirst().equals(rows.getFirst());
      assertThat(split.training().contains(rows.get(1))).isNotEqualTo(longIsHeldOut);
      assertThat(split.heldOut()).doesNotContain(rows.get(1));
    }
  }

  private static List<LabelledText> rows(String... texts) {
    return Stream.of(texts).map(text -> new LabelledText(text, "x")).toList();
  }
}
