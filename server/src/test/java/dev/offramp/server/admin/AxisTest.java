package dev.offramp.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AxisTest {

  @ParameterizedTest
  @CsvSource({"0, 10", "-3, 4", "0.771, 0.776", "1e-6, 2e-6", "-5e5, 7", "3, 3", "0, 0"})
  void over_anyRange_hasAFewRoundTicksWithin(double low, double high) {
    Axis axis = Axis.over(low, high, 0, 100);

    assertThat(axis.ticks()).hasSizeBetween(2, 12);
    assertThat(axis.ticks()).allMatch(tick -> tick.at() >= 0 && tick.at() <= 100);
    assertThat(axis.ticks().stream().map(Axis.Tick::label)).doesNotHaveDuplicates();
    assertThat(axis.contains(low) && axis.contains(high)).isTrue();
  }

  @Test
  void at_beyondAnEnd_isThatEnd() {
    Axis axis = Axis.exactly(0, 1, 200, 100);

    assertThat(axis.at(0.5)).isEqualTo(150);
    assertThat(axis.at(7)).isEqualTo(100);
    assertThat(axis.at(-7)).isEqualTo(200);
  }

  @Test
  void over_leastSpan_isKept() {
    Axis axis = Axis.over(0.77, 0.78, 0.05, 0, 100);

    assertThat(axis.high() - axis.low()).isGreaterThanOrEqualTo(0.05);
    assertThat(axis.contains(0.775)).isTrue();
  }
}
