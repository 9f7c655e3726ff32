package dev.offramp.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenBatchTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 33, 96, 1023, 1024, 1025, 16_384})
  void of_anyNumber_hasThatManyTokensInOrder(int tokens) {
    TokenBatch batch = TokenBatch.of(tokens);
    assertThat(batch.tokens()).isEqualTo(tokens);
    assertThat(batch.offsets()).hasSize(batch.sequences() + 1).isSorted().endsWith(tokens);
    assertThat(batch.lengths()).allMatch(length -> length >= 1 && length <= 128);
  }

  @Test
  void of_smallAndLarge_cutsShortAndLongSequences() {
    assertThat(TokenBatch.of(96)).hasToString("3x32");
    assertThat(TokenBatch.of(1024)).hasToString("8x128");
    assertThat(TokenBatch.of(70).lengths()).containsExactly(32, 32, 6);
    assertThat(TokenBatch.of(70).pairs()).isEqualTo(32 * 32 + 32 * 32 + 6 * 6);
  }

  @Test
  void positions_startAgainInEachSequence() {
    int[] positions = TokenBatch.of(40).positions(43);
    assertThat(positions).hasSize(43);
    assertThat(positions[31]).isEqualTo(31);
    assertThat(positions[32]).isZero();
    assertThat(positions[39]).isEqualTo(7);
    assertThat(positions).endsWith(7, 0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 16_385})
  void of_aNumberOutOfRange_isRefused(int tokens) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenBatch.of(tokens))
        .withMessageContaining("tokens: " + tokens)
        .withMessageContaining("16384");
  }
}
