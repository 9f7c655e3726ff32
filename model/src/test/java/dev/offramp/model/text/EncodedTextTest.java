package dev.offramp.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class EncodedTextTest {
  @Test
  void of_arraysChangedLater_isNotTouched() {
    int[] ids = {2, 5, 3};
    int[] types = {0, 1, 1};
    EncodedText text = EncodedText.of(ids, types);

    ids[1] = 99;
    types[1] = 99;
    text.ids()[0] = 99;
    text.types()[0] = 99;

    assertThat(text.ids()).containsExactly(2, 5, 3);
    assertThat(text.types()).containsExactly(0, 1, 1);
    assertThat(text.id(1) + text.type(2)).isEqualTo(6);
  }

  @Test
  void equals_typesAndIds_bothCount() {
    EncodedText text = EncodedText.of(2, 5, 3);

    assertThat(text)
        .isEqualTo(EncodedText.of(new int[] {2, 5, 3}, new int[3]))
        .hasSameHashCodeAs(EncodedText.of(2, 5, 3))
        .isNotEqualTo(EncodedText.of(2, 6, 3))
        .isNotEqualTo(EncodedText.of(new int[] {2, 5, 3}, new int[] {0, 1, 1}));
  }

  @Test
  void of_noTokensOrUnequalLengths_isRefused() {
    assertThatThrownBy(EncodedText::of)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ids: 0, types: 0 (expected: as many, at least 1)");
    assertThatThrownBy(() -> EncodedText.of(new int[2], new int[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ids: 2, types: 3 (expected: as many, at least 1)");
  }
}
