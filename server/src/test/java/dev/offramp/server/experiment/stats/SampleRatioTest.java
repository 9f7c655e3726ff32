package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.apache.commons.math3.util.CombinatoricsUtils;
import org.junit.jupiter.api.Test;

final class SampleRatioTest {
  private static final List<Double> HALVES = List.of(0.5, 0.5);

  @Test
  void of_byHand_isPearsonsTest() {
    // 2 * 50^2 / 1050 = 4.7619; for one degree P = 2 (1 - Phi(sqrt 4.7619)) = 0.02910.
    assertThat(SampleRatio.of(List.of(1_000L, 1_100L), HALVES).chiSquareP())
        .isCloseTo(0.02910, within(1e-5));
    // Two degrees: exp(-x / 2) with x = 10^2 / 200 + 20^2 / 300 + 10^2 / 500.
    assertThat(SampleRatio.of(List.of(210L, 280L, 510L), List.of(0.2, 0.3, 0.5)).chiSquareP())
        .isCloseTo(Math.exp(-(0.5 + 400 / 300.0 + 0.2) / 2), within(1e-9));
  }

  @Test
  void of_overAllCounts_isEvidenceOfMeanOne() {
    int n = 40;
    double mean = 0;
    for (int first = 0; first <= n; first++) {
      double probability =
          CombinatoricsUtils.binomialCoefficientDouble(n, first)
              * Math.pow(0.3, first)
              * Math.pow(0.7, n - first);
      var ratio = SampleRatio.of(List.of((long) first, (long) n - first), List.of(0.3, 0.7));
      // Capped at P = 1, so that the mean cannot be below 1.
      mean += probability / ratio.anytimeP();
      assertThat(ratio.anytimeP()).isLessThanOrEqualTo(1);
    }
    assertThat(mean).isBetween(1.0, 2.0);
  }

  @Test
  void isMismatch_lostUnits_isSeen_andFewUnitsSayNothing() {
    assertThat(SampleRatio.of(List.of(500_000L, 495_000L), HALVES).isMismatch()).isTrue();
    assertThat(SampleRatio.of(List.of(500_000L, 500_100L), HALVES).isMismatch()).isFalse();
    var few = SampleRatio.of(List.of(15L, 0L), HALVES);
    assertThat(few.chiSquareP()).isOne();
    assertThat(few.isMismatch()).isFalse();
    assertThat(SampleRatio.of(List.of(20L, 0L), HALVES).isMismatch()).isTrue();
  }

  @Test
  void isMismatch_askedAgainAndAgain_doesNotFlagSoundExperimentsAsTheChiSquareTestDoes() {
    long seed = 41;
    var random = new Random(seed);
    int runs = 250;
    int flagged = 0;
    int chiSquare = 0;
    for (int run = 0; run < runs; run++) {
      long first = 0;
      boolean ever = false;
      boolean everByChiSquare = false;
      for (int n = 1; n <= 5_000; n++) {
        first += random.nextBoolean() ? 1 : 0;
        if (n % 20 == 0) {
          var ratio = SampleRatio.of(List.of(first, n - first), HALVES);
          ever |= ratio.isMismatch();
          everByChiSquare |= ratio.chiSquareP() < SampleRatio.FLAGGED_BELOW;
        }
      }
      flagged += ever ? 1 : 0;
      chiSquare += everByChiSquare ? 1 : 0;
    }
    System.out.printf(
        "%d sound experiments, 250 looks each: %d flagged, %d by chi-square%n",
        runs, flagged, chiSquare);
    // A quarter expected at most; four or more have a probability below 0.001.
    assertThat(flagged).as("seed %d", seed).isLessThan(4);
    assertThat(chiSquare).as("seed %d", seed).isGreaterThan(flagged);
  }

  @Test
  void of_badNumbers_areRefused() {
    assertThatThrownBy(() -> SampleRatio.of(List.of(1L), List.of(1.0)))
        .hasMessageContaining("arms: 1");
    assertThatThrownBy(() -> SampleRatio.of(List.of(1L, 2L), List.of(0.5, 0.6)))
        .hasMessageContaining("together 1.1");
    assertThatThrownBy(() -> SampleRatio.of(List.of(1L, 2L), List.of(0.0, 1.0)))
        .hasMessageContaining("weight: 0.0");
    assertThatThrownBy(() -> SampleRatio.of(List.of(1L, -2L), HALVES))
        .hasMessageContaining("units: -2");
  }
}
