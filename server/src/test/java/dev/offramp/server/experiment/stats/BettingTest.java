package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.util.CombinatoricsUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BettingTest {
  private static final double ALPHA = 0.05;

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.2, 0.5, 0.97})
  void logEvidenceAbove_overAllOutcomes_isWealthOfMeanOne(double m) {
    int n = 14;
    double mean = 0;
    for (int ones = 0; ones <= n; ones++) {
      double probability =
          CombinatoricsUtils.binomialCoefficientDouble(n, ones)
              * Math.pow(m, ones)
              * Math.pow(1 - m, n - ones);
      mean += probability * Math.exp(Betting.logEvidenceAbove(Tally.ofRate(n, ones), m));
    }
    assertThat(mean).isCloseTo(1, within(1e-12));
  }

  @Test
  void logEvidenceAbove_threeKindsOfValues_isWealthOfMeanOneHoweverTheyAreSpread() {
    int n = 9;
    double m = 0.4;
    for (double halves : new double[] {0, 0.3, 0.8}) {
      double ones = m - halves / 2;
      double zeros = 1 - halves - ones;
      double mean = 0;
      double sums = 0;
      for (int i = 0; i <= n; i++) {
        for (int j = 0; i + j <= n; j++) {
          double probability =
              CombinatoricsUtils.binomialCoefficientDouble(n, i)
                  * CombinatoricsUtils.binomialCoefficientDouble(n - i, j)
                  * Math.pow(ones, i)
                  * Math.pow(halves, j)
                  * Math.pow(zeros, n - i - j);
          mean += probability * Math.exp(Betting.logEvidenceAbove(new Tally(n - i - j, j, i), m));
          var lessKnown = new BoundedSums(n, i + j / 2.0, i + j / 4.0);
          sums += probability * Math.exp(Betting.logEvidenceAbove(lessKnown, m));
        }
      }
      assertThat(mean).as("halves %s", halves).isCloseTo(1, within(1e-12));
      assertThat(sums).as("halves %s, by sums", halves).isLessThan(1).isPositive();
    }
  }

  /* No simulation: the distribution of the count among samples that were never refuted, n by n. */
  @ParameterizedTest
  @CsvSource({"0.01, 1500", "0.1, 800", "0.5, 800", "0.9, 800"})
  void bounds_trueMean_areEverWrongWithAtMostTheProbabilityAllowed(double p, int most) {
    for (boolean above : new boolean[] {true, false}) {
      var never = new double[most + 1];
      never[0] = 1;
      double wrong = 0;
      for (int n = 1; n <= most; n++) {
        for (int ones = n; ones >= 0; ones--) {
          double reached =
              (ones < n ? never[ones] * (1 - p) : 0) + (ones > 0 ? never[ones - 1] * p : 0);
          never[ones] = reached;
          if (reached > 0 && isRefuted(Tally.ofRate(n, ones), p, above)) {
            wrong += reached;
            never[ones] = 0;
          }
        }
      }
      System.out.printf("mean %s, above %s: %.5f ever wrong by n = %d%n", p, above, wrong, most);
      assertThat(wrong).isLessThanOrEqualTo(ALPHA).isGreaterThan(ALPHA / 20);
    }
  }

  private static boolean isRefuted(Tally tally, double p, boolean above) {
    // What is on the other side of the mean costs no time.
    if (above != tally.mean() > p) {
      return false;
    }
    double evidence =
        above ? Betting.logEvidenceAbove(tally, p) : Betting.logEvidenceBelow(tally, p);
    return evidence >= -Math.log(ALPHA);
  }

  @ParameterizedTest
  @CsvSource({"50, 0", "50, 1", "1000, 20", "1000, 500", "1000000, 10000", "20, 20"})
  void interval_holdsTheFixedOne_andIsNotMuchWider(long n, long ones) {
    Interval interval = Betting.interval(Tally.ofRate(n, ones), ALPHA);
    double low =
        ones == 0
            ? 0
            : new BetaDistribution(ones, n - ones + 1.0).inverseCumulativeProbability(ALPHA / 2);
    double high =
        ones == n
            ? 1
            : new BetaDistribution(ones + 1.0, n - ones)
                .inverseCumulativeProbability(1 - ALPHA / 2);
    assertThat(interval.low()).isLessThanOrEqualTo(low);
    assertThat(interval.high()).isGreaterThanOrEqualTo(high);
    assertThat(interval.halfWidth()).isLessThan(2.5 * (high - low) / 2);
  }

  @Test
  void lower_isWhereEvidenceMeetsTheLevel() {
    for (Tally tally :
        new Tally[] {new Tally(90, 0, 10), new Tally(5, 80, 15), new Tally(0, 0, 9)}) {
      double lower = Betting.lower(tally, 0.01);
      assertThat(Betting.logEvidenceAbove(tally, lower)).isCloseTo(Math.log(100), within(1e-6));
      assertThat(Betting.upper(tally.mirrored(), 0.01)).isCloseTo(1 - lower, within(1e-12));
    }
  }

  @ParameterizedTest
  @CsvSource({"100, 4", "1000, 4", "10000, 4", "100000000, 4.5"})
  void lower_bestStakeNotKnown_costsFewNats(long n, double most) {
    for (double p : new double[] {0.01, 0.1, 0.5, 0.95}) {
      Tally tally = Tally.ofRate(n, Math.round(n * p));
      double m = Betting.lower(tally, ALPHA);
      double best = 0;
      for (double octave = -25; octave < 12; octave += 0.02) {
        double odds = Math.pow(2, octave);
        best = Math.max(best, tally.logWealth(odds / (1 + odds), m));
      }
      assertThat(best - Betting.logEvidenceAbove(tally, m)).as("mean %s", p).isBetween(0.0, most);
    }
  }

  @Test
  void logEvidenceAbove_risingClaim_falls() {
    var tally = new Tally(900, 50, 50);
    double last = Double.POSITIVE_INFINITY;
    for (double m = 0.001; m < 1; m += 0.001) {
      double evidence = Betting.logEvidenceAbove(tally, m);
      assertThat(evidence).isLessThan(last);
      last = evidence;
    }
  }

  @Test
  void logEvidenceAbove_partsOfReplicas_addUp() {
    Tally whole = new Tally(70, 20, 10).plus(new Tally(1, 2, 3));
    assertThat(Betting.logEvidenceAbove(whole, 0.1))
        .isEqualTo(Betting.logEvidenceAbove(new Tally(71, 22, 13), 0.1));
    var sums = new BoundedSums(10, 4, 2).plus(new BoundedSums(20, 8, 4));
    assertThat(sums).isEqualTo(new BoundedSums(30, 12, 6));
  }

  @Test
  void interval_ofSumsAlone_holdsTheTrueMeanAtEveryLook() {
    long seed = 21;
    var random = new Random(seed);
    int runs = 400;
    int wrong = 0;
    double width = 0;
    for (int run = 0; run < runs; run++) {
      long n = 0;
      double sum = 0;
      double squares = 0;
      boolean ever = false;
      for (int i = 1; i <= 400; i++) {
        double x = Math.pow(random.nextDouble(), 3); // Mean 1/4.
        n++;
        sum += x;
        squares += x * x;
        if (i % 4 == 0) {
          var sample = new BoundedSums(n, sum, squares);
          double enough = -Math.log(ALPHA / 2);
          ever |= Betting.logEvidenceAbove(sample, 0.25) >= enough;
          ever |= Betting.logEvidenceBelow(sample, 0.25) >= enough;
        }
      }
      wrong += ever ? 1 : 0;
      Interval last = Betting.interval(new BoundedSums(n, sum, squares), ALPHA);
      assertThat(last.contains(sum / n)).isTrue();
      width += last.halfWidth() / runs;
    }
    // Three standard deviations of 400 draws at 0.05 are 0.033.
    assertThat(wrong / (double) runs).as("seed %d", seed).isLessThan(ALPHA + 0.033);
    // A fixed interval at n = 400 has about 0.028.
    assertThat(width).isBetween(0.028, 0.075);
  }

  @Test
  void bounds_ofNothing_saysNothing() {
    assertThat(Betting.interval(Tally.ofRate(0, 0), ALPHA)).isEqualTo(new Interval(0, 1));
    assertThat(Betting.logEvidenceAbove(Tally.ofRate(0, 0), 0.3)).isCloseTo(0, within(1e-12));
    assertThat(Betting.logEvidenceAbove(Tally.ofRate(5, 1), 0)).isInfinite();
  }

  @Test
  void samples_impossibleNumbers_areRefused() {
    assertThatThrownBy(() -> Tally.ofRate(3, 4)).hasMessageContaining("ones: 4");
    assertThatThrownBy(() -> new Tally(-1, 0, 0)).hasMessageContaining("zeros: -1");
    assertThatThrownBy(() -> new BoundedSums(2, 3, 1)).hasMessageContaining("sum: 3.0");
    assertThatThrownBy(() -> new BoundedSums(2, 1, 1.5)).hasMessageContaining("squares: 1.5");
    assertThatThrownBy(() -> new BoundedSums(2, Double.NaN, 1)).hasMessageContaining("sum: NaN");
    assertThatThrownBy(() -> new BoundedSums(2, 1, Double.NaN))
        .hasMessageContaining("squares: NaN");
    assertThatThrownBy(() -> Betting.lower(Tally.ofRate(3, 1), 1))
        .hasMessageContaining("alpha: 1.0");
    assertThatThrownBy(() -> Betting.logEvidenceAbove(Tally.ofRate(3, 1), Double.NaN))
        .hasMessageContaining("mean: NaN");
  }
}
