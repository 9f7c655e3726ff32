package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RiskBoundTest {
  @Test
  void upper_oneLossByHand_solvesTheOneBet() {
    // One bet: stake min(sqrt(2 ln 10 / (1 * 1/4)), 1) = 1, wealth 1 - (x - m) = 1 + m for x = 0,
    // at most 2: 1/delta = 10 is out of reach, so the bound is 1. At delta 0.6 it is 1/0.6 - 1.
    assertThat(RiskBound.upper(new double[] {0}, 0.1)).isEqualTo(1);
    assertThat(RiskBound.upper(new double[] {0}, 0.6)).isCloseTo(1 / 0.6 - 1, within(1e-12));
    // With x = 1 wealth is m, never above 1.
    assertThat(RiskBound.upper(new double[] {1}, 0.6)).isEqualTo(1);
  }

  @Test
  void upper_twoLossesByHand_takesTheBetterOfBothTimes() {
    // Losses 0, 1 at delta 0.9: ln(1/delta) = 0.10536. Stake 1: sqrt(0.21072 / (2 * 1/4)) =
    // 0.64919.
    // After x = 0: mu = 1/4, s2 = (1/4 + 1/16) / 2 = 0.15625; stake 2: sqrt(0.21072 / 0.3125) =
    // 0.82116. Wealth is 1 + 0.64919 m after one, times 1 - 0.82116 (1 - m) after two, which is
    // less for every m < 1. So the bound solves 1 + 0.64919 m = 1/0.9: m = 0.17115.
    double stake = Math.sqrt(-2 * Math.log(0.9) / 0.5);
    assertThat(stake).isCloseTo(0.64919, within(1e-5));
    assertThat(RiskBound.upper(new double[] {0, 1}, 0.9))
        .isCloseTo((1 / 0.9 - 1) / stake, within(1e-12))
        .isCloseTo(0.17115, within(1e-5));
  }

  @ParameterizedTest
  @CsvSource({"0.1, 0.1", "0.05, 0.1", "0.01, 0.1", "0.01, 0.01"})
  void textsNeeded_noLosses_isTheLeastThatIsEnough(double eps, double delta) {
    int needed = RiskBound.textsNeeded(eps, delta);
    System.out.printf("eps %s, delta %s: %d texts%n", eps, delta, needed);
    for (int n = 1; n < needed; n++) {
      assertThat(RiskBound.isAtMost(eps, new double[n], delta)).as("%d texts", n).isFalse();
    }
    assertThat(RiskBound.isAtMost(eps, new double[needed], delta)).isTrue();
    assertThat(RiskBound.isAtMost(eps, new double[needed + 100], delta)).isTrue();
    // No bound can do with fewer than ln(1/delta) / -ln(1 - eps), where all-zero is likely.
    assertThat(needed).isGreaterThanOrEqualTo((int) (Math.log(delta) / Math.log1p(-eps)));
  }

  @Test
  void textsNeeded_riskBeyondReach_isRefused() {
    assertThatThrownBy(() -> RiskBound.textsNeeded(1e-12, 0.1))
        .hasMessageContaining("risk: 1.0E-12 at delta 0.1");
  }

  @Test
  void upper_moreTexts_comesCloserToTheMean() {
    long seed = 5;
    double last = 1;
    for (int n : new int[] {100, 1_000, 10_000, 100_000}) {
      double upper = RiskBound.upper(coins(n, 0.03, new Random(seed)), 0.1);
      assertThat(upper).as("seed %d, %d texts", seed, n).isLessThan(last).isGreaterThan(0.028);
      last = upper;
    }
    assertThat(last).isCloseTo(0.03, within(0.003));
  }

  @Test
  void upper_lessDelta_isHigher() {
    double[] losses = coins(500, 0.05, new Random(6));
    assertThat(RiskBound.upper(losses, 0.01)).isGreaterThan(RiskBound.upper(losses, 0.1));
  }

  @Test
  void upper_ofManySamples_isBelowTheMeanAtMostAsOftenAsDeltaSays() {
    long seed = 7;
    var random = new Random(seed);
    int samples = 2_000;
    int below = 0;
    int meanBelow = 0;
    for (int s = 0; s < samples; s++) {
      double[] losses = coins(200, 0.1, random);
      below += RiskBound.upper(losses, 0.2) < 0.1 ? 1 : 0;
      meanBelow += java.util.Arrays.stream(losses).average().orElseThrow() < 0.1 ? 1 : 0;
    }
    // Three standard deviations of 2,000 draws at 0.2 are 0.027.
    assertThat(below / (double) samples).as("seed %d", seed).isLessThan(0.2 + 0.027);
    assertThat(meanBelow / (double) samples).as("a bound that is none").isGreaterThan(0.3);
  }

  private static double[] coins(int n, double mean, Random random) {
    return random.doubles(n).map(u -> u < mean ? 1 : 0).toArray();
  }
}
