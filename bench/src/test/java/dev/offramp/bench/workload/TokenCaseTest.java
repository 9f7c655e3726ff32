package dev.offramp.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.offramp.model.text.EncodedText;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenCaseTest {
  @Test
  void parse_ofItsOwnText_givesTheCase() {
    var tokens = new TokenCase(8, 128);
    assertThat(TokenCase.parse(tokens.toString())).isEqualTo(tokens);
    assertThat(tokens.tokens()).isEqualTo(1024);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "8", "8x", "x8", "0x8", "8x0", "-1x8", "8X8", "8x8x8", "99999x1", "129x1", "1x513"
      })
  void parse_ofAnythingElse_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenCase.parse(text))
        .withMessageContaining("expected");
  }

  @Test
  void of_textsOfSeveralLengths_isRagged() {
    TokenCase tokens = TokenCase.of(List.of(EncodedText.of(1, 2), EncodedText.of(1)));
    assertThat(tokens.isRagged()).isTrue();
    assertThat(tokens.sequences()).isEqualTo(2);
    assertThat(tokens.longest()).isEqualTo(2);
    assertThat(tokens.tokens()).isEqualTo(3);
    assertThat(tokens).hasToString("[2, 1]");
  }

  @Test
  void parse_ofSst2_hasItsSpreadOfLengths() {
    TokenCase tokens = TokenCase.parse("sst2");
    assertThat(tokens).hasToString("sst2");
    assertThat(tokens.sequences()).isEqualTo(32);
    assertThat(tokens.tokens() / 32.0).as("the mean of all sentences").isBetween(26.0, 27.1);
    assertThat(tokens.longest()).isEqualTo(53);
  }

  @Test
  void layerOperations_ofBertBase_countProductsTwice() {
    // Per token: 4 H^2 + 2 H I = 7,077,888 products in weights, 2 H L = 49,152 in attention.
    assertThat(new TokenCase(8, 32).layerOperations(RandomEncoder.bertBase(2, 32)))
        .isEqualTo(256L * 2 * (7_077_888 + 49_152));
    // Ragged: each sequence attends to itself alone, 2 H products for each of 4 + 9 pairs.
    assertThat(new TokenCase(List.of(2, 3)).layerOperations(RandomEncoder.bertBase(2, 32)))
        .isEqualTo(2L * (5 * 7_077_888 + 2 * 768 * 13));
  }
}
