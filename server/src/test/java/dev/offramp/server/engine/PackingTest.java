package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.text.EncodedText;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackingTest {

  private final Packing packing = new Packing(10, 4);

  private static EncodedText text(int length) {
    return EncodedText.of(new int[length], new int[length]);
  }

  @Test
  void start_texts_laysThemOutWithoutPadding() {
    packing.start(List.of(text(3), text(1), text(6)));
    assertThat(Arrays.copyOf(packing.offsets(), 4)).containsExactly(0, 3, 4, 10);
    assertThat(packing.tokens()).isEqualTo(10);
    assertThat(packing.sequences()).isEqualTo(3);
  }

  @Test
  void keep_someSurvivors_namesTheRowsTheyCameFrom() {
    packing.start(List.of(text(2), text(3), text(1), text(4)));
    int[] rows = new int[10];
    packing.keep(new int[] {1, 3}, 2, rows);
    assertThat(Arrays.copyOf(rows, packing.tokens())).containsExactly(2, 3, 4, 6, 7, 8, 9);
    assertThat(Arrays.copyOf(packing.offsets(), 3)).containsExactly(0, 3, 7);
    packing.keep(new int[] {1}, 1, rows);
    assertThat(Arrays.copyOf(rows, packing.tokens())).containsExactly(3, 4, 5, 6);
    assertThat(Arrays.copyOf(packing.offsets(), 2)).containsExactly(0, 4);
  }

  @Test
  void start_tooMuch_isRefused() {
    assertThatThrownBy(() -> packing.start(List.of(text(6), text(5))))
        .hasMessage("tokens: 11 (expected: at most 10)");
    assertThatThrownBy(() -> packing.start(List.of(text(1), text(1), text(1), text(1), text(1))))
        .hasMessage("texts: 5 (expected: 1 to 4)");
    assertThatThrownBy(() -> packing.start(List.of())).hasMessage("texts: 0 (expected: 1 to 4)");
  }

  @Test
  void keep_notRising_isRefused() {
    packing.start(List.of(text(2), text(3)));
    int[] rows = new int[10];
    assertThatThrownBy(() -> packing.keep(new int[] {1, 1}, 2, rows))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> packing.keep(new int[] {2}, 1, rows))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> packing.keep(new int[] {}, 0, rows))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
