package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class PairedTallyTest {
  private static final double ALPHA = 0.05;

  /* Texts on which both err alike change nothing, so a random walk over the others is all there is. */
  @Test
  void sign_equalTiers_isEverNotZeroWithAtMostTheProbabilityAllowed() {
    int most = 400;
    var never = new double[most + 1][];
    never[0] = new double[] {1};
    double wrong = 0;
    for (int n = 1; n <= most; n++) {
      never[n] = new double[n + 1];
      for (int more = 0; more <= n; more++) {
        double reached =
            ((more < n ? never[n - 1][more] : 0) + (more > 0 ? never[n - 1][more - 1] : 0)) / 2;
        if (reached > 0 && new PairedTally(n, more, n - more).sign(ALPHA) != 0) {
          wrong += reached;
        } else {
          never[n][more] = reached;
        }
      }
    }
    System.out.printf("equal tiers: %.5f ever told apart by %d texts that differ%n", wrong, most);
    assertThat(wrong).isLessThanOrEqualTo(ALPHA).isGreaterThan(ALPHA / 20);
  }

  @Test
  void sign_isThatOfTheIntervalAroundIt() {
    long seed = 3;
    var random = new Random(seed);
    int told = 0;
    for (int i = 0; i < 300; i++) {
      int more = random.nextInt(40);
      int less = random.nextInt(40);
      var tally = new PairedTally(1_000, more, less);
      Interval interval = tally.interval(ALPHA);
      int sign = interval.low() > 0 ? 1 : interval.high() < 0 ? -1 : 0;
      assertThat(tally.sign(ALPHA)).as("seed %d: %s %s", seed, tally, interval).isEqualTo(sign);
      assertThat(interval.contains(tally.estimate())).isTrue();
      assertThat(tally.lower(ALPHA)).isBetween(interval.low(), tally.estimate());
      assertThat(tally.upper(ALPHA)).isBetween(tally.estimate(), interval.high());
      told += Math.abs(sign);
    }
    assertThat(told).isBetween(50, 250);
  }

  @Test
  void interval_tiersThatDiffer_holdsTheTruthAtEveryLook() {
    long seed = 8;
    var random = new Random(seed);
    int runs = 200;
    int wrong = 0;
    for (int run = 0; run < runs; run++) {
      var tally = new PairedTally(0, 0, 0);
      boolean ever = false;
      for (int n = 1; n <= 1_500; n++) {
        double u = random.nextDouble();
        tally = tally.plus(new PairedTally(1, u < 0.03 ? 1 : 0, u > 0.99 ? 1 : 0)); // By 0.02.
        if (n % 150 == 0) {
          ever |= !tally.interval(ALPHA).contains(0.02);
        }
      }
      wrong += ever ? 1 : 0;
    }
    // Three standard deviations of 200 draws at 0.05 are 0.046.
    assertThat(wrong / (double) runs).as("seed %d", seed).isLessThan(ALPHA + 0.046);
  }

  @Test
  void tally_moreThanAll_isRefused() {
    assertThatThrownBy(() -> new PairedTally(3, 2, 2)).hasMessageContaining("2 and 2", "3");
    assertThat(new PairedTally(0, 0, 0).interval(ALPHA)).isEqualTo(new Interval(-1, 1));
  }
}
