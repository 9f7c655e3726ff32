package dev.offramp.cli.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.cli.simulation.ScoredTexts.Score;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.trainer.Evaluation;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class SimulationTest {
  private static final Score RIGHT = new Score(2, false, false);
  private static final Score WRONG = new Score(1, true, false);

  /* 300 texts, a fifth of them answered wrongly; the rules fare differently on 20. */
  private static ScoredTexts texts() {
    return new ScoredTexts(
        List.of(repeated(RIGHT, 224), repeated(WRONG, 56)).stream().flatMap(List::stream).toList(),
        repeated(RIGHT, 16),
        repeated(new Score(3, false, true), 4));
  }

  private static List<Score> repeated(Score score, int times) {
    return Collections.nCopies(times, score);
  }

  @Test
  void of_traces_sortsTextsByWhichRuleErrs() {
    // Two exits, two classes; sure at the first exit or not, and changing its mind or not.
    List<Trace> traces =
        List.of(
            Trace.of(2, 2, new float[] {9, 0, 9, 0}),
            Trace.of(2, 2, new float[] {0, 0.1f, 9, 0}),
            Trace.of(2, 2, new float[] {9, 0, 0, 9}));
    var evaluation = new Evaluation(2, List.of("a", "b"), traces, Optional.of(List.of(0, 1, 1)), 0);
    var safe = new ExitRule.Threshold(ExitSignal.ENTROPY, 0.1);
    var bold = new ExitRule.Threshold(ExitSignal.ENTROPY, 1);
    ScoredTexts texts = ScoredTexts.of(evaluation, safe, bold);
    assertThat(texts.same()).containsExactly(new Score(1, false, false), new Score(1, true, true));
    assertThat(texts.boldErrs()).containsExactly(new Score(2, true, false));
    assertThat(texts.safeErrs()).isEmpty();
    assertThat(texts.get(2)).isEqualTo(new Score(2, true, false));
    assertThat(texts.isDiscordant(1)).isFalse();
    assertThat(texts.isDiscordant(2)).isTrue();
    assertThatThrownBy(() -> ScoredTexts.of(evaluation, safe, safe))
        .hasMessageContaining("bold rule alone", "0");
    var unlabelled = new Evaluation(2, List.of("a", "b"), traces, Optional.empty(), 0);
    assertThatThrownBy(() -> ScoredTexts.of(unlabelled, safe, bold))
        .hasMessageContaining("labels: none");
  }

  @Test
  void equalArms_areToldApartAtMostAsOftenAsAllowed() {
    var steps = new AtomicInteger();
    EqualArms equal = EqualArms.play(texts(), 200, 1_000, 5, steps::incrementAndGet);
    System.out.println(equal);
    // Three standard deviations of 200 draws at 0.05 are 0.046.
    assertThat(equal.falsePositiveRate()).isLessThan(EqualArms.ALPHA + 0.046);
    assertThat(equal.falsePositiveRate())
        .isEqualTo(
            Math.max(equal.byAudits(), Math.max(equal.byDepth(), equal.byWrongAnswers())) / 200.0);
    assertThat(steps).hasValue(200);
    assertThat(EqualArms.play(texts(), 200, 1_000, 5, () -> {})).isEqualTo(equal);
  }

  @Test
  void auditsNeeded_someTextsAgainstTheDifference_stillFindIt() {
    AuditsNeeded needed = AuditsNeeded.play(texts(), 300, 6, () -> {});
    System.out.println(needed);
    // Of 16 and 4: 4/3 and 1/3 in a hundred. A fixed paired test needs
    // (1.96 + 0.8416)^2 * (0.016667 - 0.0001) / 0.0001 = 1300 texts.
    assertThat(needed.audits()).isBetween(1_300L, 3_900L);
    assertThat(needed.medianAudits()).isLessThan(needed.audits());
    assertThat(needed.wrongSide()).isLessThan(10);
    // Wrong answers: 56 of 280 texts alike, drawn 98.33 times in a hundred.
    assertThat(needed.labelSplit()).isEqualTo(AuditsNeeded.split(0.2 * (1 - 0.05 / 3)));
    // The safe rule differs where it alone errs.
    assertThat(needed.auditedSplit()).isEqualTo(AuditsNeeded.split(0.01 / 3));
    assertThat(needed.ratio()).isEqualTo(needed.audits() / (double) needed.labelSplit());
  }

  @Test
  void split_requestsGivenBeforehand_findTheDifferenceWithThePowerMeant() {
    long seed = 9;
    var random = new Random(seed);
    int arm = (int) (AuditsNeeded.split(0.02) / 2);
    int runs = 400;
    int found = 0;
    for (int run = 0; run < runs; run++) {
      double first = share(arm, 0.02, random);
      double second = share(arm, 0.03, random);
      double error = Math.sqrt((first * (1 - first) + second * (1 - second)) / arm);
      found += (second - first) / error > 1.959964 ? 1 : 0;
    }
    // Three standard deviations of 400 draws at 0.8 are 0.06.
    assertThat(found / (double) runs).as("seed %d", seed).isBetween(0.74, 0.86);
  }

  private static double share(int n, double p, Random random) {
    int ones = 0;
    for (int i = 0; i < n; i++) {
      ones += random.nextDouble() < p ? 1 : 0;
    }
    return ones / (double) n;
  }

  @Test
  void assignedUnits_ofManyUnits_areWhatTheWeightsSay() {
    AssignedUnits assigned = AssignedUnits.of(200_000, 3);
    assertThat(assigned.units().stream().mapToLong(n -> n).sum()).isEqualTo(200_000);
    assertThat(assigned.ratio().isMismatch()).isFalse();
    // A clock that takes one second a round: as many a second as a round has.
    var seconds = new AtomicInteger();
    assertThat(AssignedUnits.perSecond(() -> seconds.getAndIncrement() * 1_000_000_000L))
        .isEqualTo(2_000_000);
  }
}
