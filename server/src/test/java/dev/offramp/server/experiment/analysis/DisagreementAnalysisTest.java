package dev.offramp.server.experiment.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.Metric.Better;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.stats.Betting;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.PairedTally;
import dev.offramp.server.experiment.stats.Tally;
import dev.offramp.server.experiment.stats.Verdict;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What audits say of arms, held against the statistics themselves. */
class DisagreementAnalysisTest {
  private static final double ALPHA = Counted.ALPHA;

  private static Analysis analyze(Counted control, Counted bold) {
    return Counted.analyze(new Definition("e").make(), control, bold);
  }

  private static MetricAnalysis ofBold(Experiment experiment, Counted control, Counted bold) {
    return Counted.analyze(experiment, control, bold).arms().getLast().metrics().stream()
        .filter(metric -> metric.name().equals(Metric.DISAGREEMENT))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void of_audits_comparePairsWhereThereAreAny() {
    Counted control = new Counted().count(Count.AUDIT, 1000).count(Count.DISAGREEMENT, 10);
    Counted bold = new Counted().count(Count.AUDIT, 1000).count(Count.DISAGREEMENT, 15);
    bold.count(Count.PAIR, 2000).count(Count.PAIR_MORE, 10).count(Count.PAIR_LESS, 0);
    Disagreement paired = analyze(control, bold).arms().getLast().disagreement();
    assertThat(paired.rate().orElseThrow())
        .isEqualTo(new Estimate(0.015, Betting.interval(Tally.ofRate(1000, 15), ALPHA)));
    assertThat(paired.pairs()).isEqualTo(2000);
    assertThat(paired.difference().orElseThrow().estimate())
        .isEqualTo(new Estimate(0.005, new PairedTally(2000, 10, 0).interval(ALPHA)));
    assertThat(paired.difference().orElseThrow().decision().orElseThrow().verdict())
        .isEqualTo(Verdict.WORSE);
    bold.counts.keySet().removeIf(kind -> kind.startsWith(Count.PAIR));
    Disagreement apart = analyze(control, bold).arms().getLast().disagreement();
    assertThat(apart.difference().orElseThrow().estimate().interval())
        .isEqualTo(
            Betting.interval(Tally.ofRate(1000, 15), ALPHA / 2)
                .minus(Betting.interval(Tally.ofRate(1000, 10), ALPHA / 2)));
    assertThat(apart.difference().orElseThrow().decision().orElseThrow().verdict())
        .isEqualTo(Verdict.KEEP_GOING);
  }

  @Test
  void of_disagreementThatIsAGuardrail_isJudgedByPairsWhereThereAreAny() {
    var guarded = new Definition("e");
    guarded.guardrails =
        List.of(new Metric(Metric.DISAGREEMENT, Better.LOWER, Optional.empty(), 0.02));
    Experiment safe = guarded.make();
    Counted control = new Counted().count(Count.AUDIT, 1000);
    MetricAnalysis apart = ofBold(safe, control, audited(1000, 45));
    Estimate difference = apart.difference().orElseThrow().estimate();
    assertThat(difference)
        .isEqualTo(
            new Estimate(
                0.045,
                Betting.interval(Tally.ofRate(1000, 45), ALPHA / 2)
                    .minus(Betting.interval(Tally.ofRate(1000, 0), ALPHA / 2))));
    assertThat(apart.n()).isEqualTo(1000);
    assertThat(apart.estimate().value()).isEqualTo(0.045);
    assertThat(apart.guardrail()).contains(Guardrail.State.OPEN);
    Counted paired = audited(1000, 45).count(Count.PAIR, 2000).count(Count.PAIR_MORE, 90);
    assertThat(ofBold(safe, control, paired).guardrail())
        .as("2000 pairs tell what 1000 texts of each do not")
        .contains(Guardrail.State.BROKEN);
    Counted agreeing = audited(1000, 0).count(Count.PAIR, 2000);
    assertThat(ofBold(safe, control, agreeing).guardrail()).contains(Guardrail.State.KEPT);
    assertThat(ofBold(safe, new Counted(), new Counted()).guardrail())
        .contains(Guardrail.State.OPEN);
  }

  private static Counted audited(long audits, long disagreements) {
    return new Counted().count(Count.AUDIT, audits).count(Count.DISAGREEMENT, disagreements);
  }

  /** Disagreement is told beside the metrics, with its audits: as a metric only where it is one. */
  @Test
  void of_disagreementThatIsNoMetric_isNoMetric() {
    assertThat(analyze(audited(10, 0), audited(10, 0)).arms().getLast().metrics())
        .extracting(MetricAnalysis::name)
        .doesNotContain(Metric.DISAGREEMENT);
  }
}
