package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DecisionTest {

  @ParameterizedTest
  @CsvSource({
    "0.1, 0.3, HIGHER, BETTER",
    "0.1, 0.3, LOWER, WORSE",
    "-0.3, -0.1, HIGHER, WORSE",
    "-0.3, -0.1, LOWER, BETTER",
    "-0.04, 0.04, LOWER, NO_DIFFERENCE",
    "-0.04, 0.06, LOWER, KEEP_GOING",
    "0, 0.06, LOWER, KEEP_GOING",
    "0.001, 0.002, LOWER, WORSE",
    "-Infinity, Infinity, LOWER, KEEP_GOING"
  })
  void of_interval_decides(double low, double high, Goal goal, Verdict verdict) {
    assertThat(Decision.of(new Interval(low, high), 0, 100, 0.05, goal).verdict())
        .isEqualTo(verdict);
  }

  @Test
  void stillNeeded_isUntilTheIntervalLeavesZeroOutOrFits() {
    // Half as wide would leave out 0: four times as many.
    assertThat(Decision.of(new Interval(-0.1, 0.3), 0.1, 1_000, 0, Goal.LOWER).stillNeeded())
        .isEqualTo(OptionalLong.of(3_000));
    // A margin of 0.5 is nearer: 0.4 is left of it, more than twice the half-width of 0.2 ...
    assertThat(Decision.of(new Interval(-0.6, 0.4), -0.1, 1_000, 0.5, Goal.LOWER).stillNeeded())
        .isEqualTo(OptionalLong.of(563));
    assertThat(Decision.of(new Interval(-0.1, 0.1), 0, 1_000, 0, Goal.LOWER).stillNeeded())
        .isEmpty();
    assertThat(Decision.of(Interval.ANY, 0.1, 10, 0, Goal.LOWER).stillNeeded()).isEmpty();
    assertThat(Decision.of(new Interval(0.1, 0.2), 0.1, 10, 0, Goal.LOWER).stillNeeded()).isEmpty();
  }

  @Test
  void stillNeeded_isAboutWhatTheBetsThenTake() {
    var now = new PairedTally(500, 8, 3);
    long needed =
        Decision.of(now.interval(0.05), now.estimate(), now.n(), 0, Goal.LOWER)
            .stillNeeded()
            .orElseThrow();
    long n = 500;
    while (new PairedTally(n, n * 8 / 500, n * 3 / 500).sign(0.05) == 0) {
      n += 10;
    }
    assertThat(needed).isBetween((n - 500) / 3, (n - 500) * 3);
  }

  @Test
  void of_badNumbers_areRefused() {
    assertThatThrownBy(() -> Decision.of(Interval.ANY, Double.NaN, 1, 0, Goal.LOWER))
        .hasMessageContaining("estimate: NaN");
    assertThatThrownBy(() -> Decision.of(Interval.ANY, 0, 1, -1, Goal.LOWER))
        .hasMessageContaining("margin: -1");
    assertThatThrownBy(() -> new Interval(1, 0)).hasMessageContaining("1.0 to 0.0");
    assertThatThrownBy(() -> Bonferroni.each(0.05, 0)).hasMessageContaining("comparisons: 0");
    assertThat(Bonferroni.each(0.05, 5)).isEqualTo(0.01);
  }
}
