package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.apache.commons.math3.stat.StatUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class MeanDifferenceTest {
  private static final double ALPHA = 0.05;

  /** Outcomes of units, as different as what services count. */
  enum Outcome {
    RARE {
      @Override
      double draw(Random random) {
        return random.nextDouble() < 0.02 ? 1 : 0;
      }
    },
    SKEWED {
      @Override
      double draw(Random random) {
        return Math.exp(random.nextGaussian());
      }
    };

    abstract double draw(Random random);
  }

  @ParameterizedTest
  @EnumSource(Outcome.class)
  void interval_equalArms_leavesZeroOutAtMostAsOftenAsAllowedAtEveryLook(Outcome outcome) {
    long seed = 17;
    var random = new Random(seed);
    var mixture = new NormalMixture(ALPHA);
    int runs = 400;
    int wrong = 0;
    for (int run = 0; run < runs; run++) {
      ArmSums[] arms = {ArmSums.NONE, ArmSums.NONE};
      boolean ever = false;
      for (int i = 0; i < 4_000; i++) {
        int arm = random.nextInt(2);
        arms[arm] = arms[arm].with(outcome.draw(random), 0);
        ever |= !MeanDifference.of(arms[0], arms[1]).interval(mixture).contains(0);
      }
      wrong += ever ? 1 : 0;
    }
    System.out.printf("%s: %d of %d equal arms ever told apart%n", outcome, wrong, runs);
    // Three standard deviations of 400 draws at 0.05 are 0.033.
    assertThat(wrong / (double) runs).as("seed %d", seed).isLessThan(ALPHA + 0.033);
  }

  @Test
  void of_knownBefore_isTheDifferenceOfAdjustedOutcomes() {
    long seed = 4;
    var random = new Random(seed);
    var before = new double[2][300];
    var after = new double[2][300];
    ArmSums[] arms = {ArmSums.NONE, ArmSums.NONE};
    for (int arm = 0; arm < 2; arm++) {
      for (int i = 0; i < 300; i++) {
        before[arm][i] = random.nextGaussian() + 5;
        after[arm][i] = 2 * before[arm][i] + random.nextGaussian() + arm;
        arms[arm] = arms[arm].with(after[arm][i], before[arm][i]);
      }
    }
    var difference = MeanDifference.of(arms[0], arms[1]);
    // The control: theta, adjusted outcomes, their means and variances, from the values themselves.
    double products = 0;
    double squares = 0;
    for (int arm = 0; arm < 2; arm++) {
      double meanX = StatUtils.mean(before[arm]);
      double meanY = StatUtils.mean(after[arm]);
      for (int i = 0; i < 300; i++) {
        products += (before[arm][i] - meanX) * (after[arm][i] - meanY);
        squares += (before[arm][i] - meanX) * (before[arm][i] - meanX);
      }
    }
    var adjusted = new double[2][300];
    for (int arm = 0; arm < 2; arm++) {
      for (int i = 0; i < 300; i++) {
        adjusted[arm][i] = after[arm][i] - products / squares * before[arm][i];
      }
    }
    assertThat(difference.estimate())
        .isCloseTo(StatUtils.mean(adjusted[1]) - StatUtils.mean(adjusted[0]), within(1e-9));
    assertThat(difference.variance())
        .isCloseTo(
            (StatUtils.variance(adjusted[0]) + StatUtils.variance(adjusted[1])) / 300,
            within(1e-9));
    // Four fifths of the variance were there before.
    var plain =
        MeanDifference.of(
            ArmSums.of(300, arms[0].y(), arms[0].yy()), ArmSums.of(300, arms[1].y(), arms[1].yy()));
    assertThat(difference.variance() / plain.variance()).isBetween(0.15, 0.25);
    assertThat(difference.explained())
        .isCloseTo(1 - difference.variance() / plain.variance(), within(1e-12));
    assertThat(plain.explained()).isZero();
    assertThat(difference.interval(ALPHA).contains(1)).as("seed %d", seed).isTrue();
  }

  @Test
  void bounds_oneSided_areWithinTheInterval_andArmsAddUp() {
    ArmSums first = ArmSums.of(100, 50, 40).plus(ArmSums.of(100, 40, 30));
    ArmSums second = ArmSums.of(200, 120, 110);
    assertThat(first).isEqualTo(ArmSums.of(200, 90, 70));
    var difference = MeanDifference.of(first, second);
    assertThat(difference.estimate()).isCloseTo(0.15, within(1e-12));
    Interval interval = difference.interval(ALPHA);
    assertThat(difference.lower(ALPHA)).isBetween(interval.low(), difference.estimate());
    assertThat(difference.upper(ALPHA)).isBetween(difference.estimate(), interval.high());
    assertThat(difference.lower(ALPHA) + difference.upper(ALPHA)).isCloseTo(0.3, within(1e-9));
  }

  @Test
  void interval_fewUnitsOrNoVariance_saysNothing() {
    var few = ArmSums.of(MeanDifference.LEAST_UNITS - 1, 20, 20);
    var many = ArmSums.of(500, 300, 300);
    assertThat(MeanDifference.of(few, many).interval(ALPHA)).isEqualTo(Interval.ANY);
    assertThat(MeanDifference.of(ArmSums.NONE, many).lower(ALPHA)).isInfinite();
    var same = MeanDifference.of(ArmSums.of(500, 0, 0), ArmSums.of(500, 500, 500));
    assertThat(same.interval(ALPHA)).isEqualTo(Interval.ANY);
    assertThat(same.upper(ALPHA)).isInfinite();
    assertThatThrownBy(() -> ArmSums.NONE.with(Double.NaN, 0))
        .hasMessageContaining("sum of y: NaN");
  }
}
