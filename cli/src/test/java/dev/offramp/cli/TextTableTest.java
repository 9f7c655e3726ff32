package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TextTableTest {

  @Test
  void render_columnsOfNumbers_areToTheRightAndOthersToTheLeft() {
    String table =
        new TextTable("name", "share", "what", "x")
            .row("a", "5.0 %", "8x32", "1.50x")
            .row("longer", "100.0 %", "runs it", "-")
            .render();
    assertThat(table)
        .isEqualTo(
            """
            name      share  what         x
            a         5.0 %  8x32     1.50x
            longer  100.0 %  runs it      -
            """);
  }

  @Test
  void render_wordsThatBeginWithDigits_areNoNumbers() {
    assertThat(new TextTable("tokens", "n").row("8x128", "1").row("32xabc", "10").render())
        .isEqualTo("tokens   n\n8x128    1\n32xabc  10\n");
  }
}
