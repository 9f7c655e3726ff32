package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The two tests that stop something by themselves. */
final class GuardsTest {

  @Test
  void judge_harmOnTheBadSide_isBroken() {
    var latency = new Guardrail(1, 0.05, Goal.LOWER);
    assertThat(latency.judge(1.1, 2)).isEqualTo(Guardrail.State.BROKEN);
    assertThat(latency.judge(0.9, 2)).isEqualTo(Guardrail.State.OPEN);
    assertThat(latency.judge(-5, 1)).isEqualTo(Guardrail.State.KEPT);
    var conversions = new Guardrail(0, 0.05, Goal.HIGHER);
    assertThat(conversions.judge(-0.3, -0.1)).isEqualTo(Guardrail.State.BROKEN);
    assertThat(conversions.judge(-0.3, 0.1)).isEqualTo(Guardrail.State.OPEN);
    assertThat(conversions.judge(0, 0.1)).isEqualTo(Guardrail.State.KEPT);
    assertThat(latency.judge(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY))
        .isEqualTo(Guardrail.State.OPEN);
    assertThatThrownBy(() -> new Guardrail(-1, 0.05, Goal.LOWER))
        .hasMessageContaining("harm limit: -1.0");
  }

  @Test
  void judge_harmAtTheLimit_isEverBrokenAtMostAsOftenAsAllowed() {
    long seed = 51;
    var random = new Random(seed);
    var guardrail = new Guardrail(0.1, 0.05, Goal.LOWER);
    int runs = 500;
    int broken = 0;
    int caught = 0;
    for (int run = 0; run < runs; run++) {
      broken += isEverBroken(guardrail, 0.1, random) ? 1 : 0;
      caught += isEverBroken(guardrail, 0.4, random) ? 1 : 0;
    }
    System.out.printf("at the limit %d of %d stopped, beyond it %d%n", broken, runs, caught);
    // Three standard deviations of 500 draws at 0.05 are 0.029.
    assertThat(broken / (double) runs).as("seed %d", seed).isLessThan(0.05 + 0.029);
    assertThat(caught).isGreaterThan(9 * runs / 10);
  }

  private static boolean isEverBroken(Guardrail guardrail, double harm, Random random) {
    ArmSums[] arms = {ArmSums.NONE, ArmSums.NONE};
    for (int i = 0; i < 2_000; i++) {
      arms[i % 2] = arms[i % 2].with(random.nextGaussian() + i % 2 * harm, 0);
      if (i % 10 == 0
          && guardrail.judge(MeanDifference.of(arms[0], arms[1])) == Guardrail.State.BROKEN) {
        return true;
      }
    }
    return false;
  }

  @Test
  void isBroken_certifiedRate_isRare_andDriftIsSeenWithinTheAuditsStated() {
    long seed = 52;
    var random = new Random(seed);
    var guard = new DriftGuard(0.02, 0.05);
    int runs = 400;
    long[] alarms = new long[runs];
    int falseAlarms = 0;
    for (int run = 0; run < runs; run++) {
      falseAlarms += alarm(guard, 0.02, 2_000, random) <= 2_000 ? 1 : 0;
      alarms[run] = alarm(guard, 0.08, 100_000, random);
    }
    int stated = guard.auditsToAlarm(0.08, 0.9);
    long within = Arrays.stream(alarms).filter(n -> n <= stated).count();
    System.out.printf(
        "false alarms %d of %d; drift to 0.08: 90 %% stated within %d audits, %d of %d were%n",
        falseAlarms, runs, stated, within, runs);
    // Three standard deviations of 400 draws at 0.05 are 0.033.
    assertThat(falseAlarms / (double) runs).as("seed %d", seed).isLessThan(0.05 + 0.033);
    // And of 400 at 0.9 they are 0.045.
    assertThat(within / (double) runs).isBetween(0.9 - 0.045, 0.9 + 0.045);
  }

  private static long alarm(DriftGuard guard, double rate, int most, Random random) {
    long disagreements = 0;
    for (int n = 1; n <= most; n++) {
      disagreements += random.nextDouble() < rate ? 1 : 0;
      if (guard.isBroken(n, disagreements)) {
        return n;
      }
    }
    return most + 1L;
  }

  @Test
  void isBroken_isWhereTheLowerBoundPassesTheCertifiedRisk() {
    var guard = new DriftGuard(0.02, 0.05);
    for (int ones = 0; ones < 30; ones++) {
      assertThat(guard.isBroken(400, ones))
          .as("%d of 400", ones)
          .isEqualTo(Betting.lower(Tally.ofRate(400, ones), 0.05) >= 0.02 - 1e-12);
    }
    assertThatThrownBy(() -> guard.auditsToAlarm(0.02, 0.9)).hasMessageContaining("rate: 0.02");
    assertThatThrownBy(() -> guard.auditsToAlarm(0.1, 1)).hasMessageContaining("sure: 1.0");
    assertThatThrownBy(() -> new DriftGuard(0, 0.05)).hasMessageContaining("eps: 0.0");
  }
}
