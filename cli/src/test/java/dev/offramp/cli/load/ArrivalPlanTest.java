package dev.offramp.cli.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ArrivalPlanTest {
  private static final long SEED = 17;

  @Test
  void dueNanos_evenGaps_areExactAndDoNotDrift() {
    List<Long> due = due(ArrivalPlan.even(3, Duration.ofSeconds(1000)));
    assertThat(due).hasSize(3000).startsWith(0L, 333_333_333L, 666_666_667L, 1_000_000_000L);
    assertThat(due.get(2997)).isEqualTo(999_000_000_000L);
  }

  @Test
  void dueNanos_rateBelowOneASecond_isKept() {
    assertThat(due(ArrivalPlan.even(0.5, Duration.ofSeconds(5))))
        .containsExactly(0L, 2_000_000_000L, 4_000_000_000L);
  }

  @Test
  void dueNanos_withWarmUp_coverBothParts() {
    ArrivalPlan plan =
        ArrivalPlan.even(10, Duration.ofSeconds(2)).withWarmUp(Duration.ofSeconds(1));
    assertThat(due(plan)).hasSize(30);
  }

  @Test
  void dueNanos_exponentialGaps_haveTheirMeanAndVarianceAndAreThoseOfTheSeed() {
    System.out.println("seed " + SEED);
    ArrivalPlan plan = ArrivalPlan.poisson(1000, Duration.ofSeconds(100), SEED);
    List<Long> due = due(plan);
    assertThat(due).isEqualTo(due(plan)).isSorted();
    assertThat(due).isNotEqualTo(due(ArrivalPlan.poisson(1000, Duration.ofSeconds(100), SEED + 1)));
    // 100,000 gaps: the mean of 1 ms is known to 0.3 %, its square's to about 0.7 %.
    double mean = 0;
    double square = 0;
    for (int i = 1; i < due.size(); i++) {
      double gap = (due.get(i) - due.get(i - 1)) / 1e6;
      mean += gap / (due.size() - 1);
      square += gap * gap / (due.size() - 1);
    }
    assertThat(mean).isCloseTo(1, within(0.02));
    assertThat(square).isCloseTo(2, within(0.1));
  }

  @Test
  void plan_valuesOutOfRange_areRefusedByName() {
    for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e7}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ArrivalPlan.even(rate, Duration.ofSeconds(1)))
          .withMessageStartingWith("rate: " + rate)
          .withMessageContaining("1,000,000");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ArrivalPlan.even(1, Duration.ZERO))
        .withMessageStartingWith("measured time: 0s");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ArrivalPlan.even(1, Duration.ofSeconds(1)).withWarmUp(Duration.ofSeconds(-1)))
        .withMessageStartingWith("warm-up: -1s");
  }

  private static List<Long> due(ArrivalPlan plan) {
    var due = new ArrayList<Long>();
    plan.dueNanos().forEachRemaining((long one) -> due.add(one));
    return due;
  }
}
