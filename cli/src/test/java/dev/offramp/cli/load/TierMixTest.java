package dev.offramp.cli.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.offramp.client.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TierMixTest {
  @Test
  void parse_weights_divideTheNumbersBetweenZeroAndOne() {
    TierMix mix = TierMix.parse("x2=7, x4=3");
    assertThat(mix.tiers()).containsExactly(Tier.of("x2"), Tier.of("x4"));
    assertThat(mix.place(0)).isZero();
    assertThat(mix.place(0.699)).isZero();
    assertThat(mix.place(0.701)).isOne();
    assertThat(mix.place(Math.nextDown(1.0))).isOne();
  }

  @Test
  void parse_withoutWeights_sharesEqually() {
    TierMix mix = TierMix.parse("full,x2");
    assertThat(mix.place(0.49)).isZero();
    assertThat(mix.place(0.51)).isOne();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "x2=0.7,",
        "=1",
        "x2=",
        "x2=much",
        "x2=0",
        "x2=-1",
        "x2=NaN",
        "x2=Infinity",
        "x2=1=2",
        "x2=1,x2=2"
      })
  void parse_badInput_isRefusedWithWhatWasExpected(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TierMix.parse(text))
        .withMessageContaining("expected: ");
  }
}
