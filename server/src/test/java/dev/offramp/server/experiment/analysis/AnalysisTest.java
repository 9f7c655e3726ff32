package dev.offramp.server.experiment.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.Metric.Better;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.count.Latencies;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.ArmSums;
import dev.offramp.server.experiment.stats.Betting;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.MeanDifference;
import dev.offramp.server.experiment.stats.PairedTally;
import dev.offramp.server.experiment.stats.Tally;
import dev.offramp.server.experiment.stats.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What follows from counts, held against the statistics themselves: here it is about which counts
 * go where.
 */
class AnalysisTest {

  private static final double ALPHA = Counted.ALPHA;

  private final Experiment experiment = new Definition("e").make();

  private Analysis analyze(Counted control, Counted bold) {
    return Counted.analyze(experiment, control, bold);
  }

  private static MetricAnalysis metric(Analysis analysis, int arm, String name) {
    return analysis.arms().get(arm).metrics().stream()
        .filter(metric -> metric.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void of_nothingCounted_knowsNothing() {
    Analysis analysis =
        Analysis.of(experiment, ArmStates.NONE, new Totals(Map.of(), 0), OptionalInt.of(4), ALPHA);
    assertThat(analysis.arms()).extracting(ArmAnalysis::arm).containsExactly("control", "bold");
    ArmAnalysis bold = analysis.arms().getLast();
    assertThat(bold.layerSpeedup()).isEmpty();
    assertThat(bold.latencyP99()).isEmpty();
    assertThat(bold.disagreement().rate()).isEmpty();
    Difference conversion = metric(analysis, 1, "conversion").difference().orElseThrow();
    assertThat(conversion.decision().orElseThrow().verdict()).isEqualTo(Verdict.KEEP_GOING);
    assertThat(conversion.estimate().interval()).isEqualTo(new Interval(-1, 1));
    assertThat(metric(analysis, 1, Metric.LATENCY).guardrail()).contains(Guardrail.State.OPEN);
    assertThat(analysis.sampleRatio().orElseThrow().isMismatch()).isFalse();
  }

  @Test
  void of_boundedMetric_isExact_andSaysWhichArmIsBetter() {
    Analysis analysis =
        analyze(
            new Counted().metric("conversion", 1000, 0.1, Math.sqrt(0.09)),
            new Counted().metric("conversion", 1000, 0.4, Math.sqrt(0.24)));
    MetricAnalysis bold = metric(analysis, 1, "conversion");
    Difference difference = bold.difference().orElseThrow();
    assertThat(difference.estimate().value()).isCloseTo(0.3, within(1e-12));
    assertThat(difference.decision().orElseThrow().verdict()).isEqualTo(Verdict.BETTER);
    // Counts of a coin say more than its sums: the exact interval lies within.
    Interval counts = Betting.interval(Tally.ofRate(1000, 400), ALPHA);
    assertThat(bold.estimate().interval().low()).isBetween(0.3, counts.low());
    assertThat(bold.estimate().interval().high()).isBetween(counts.high(), 0.5);
    assertThat(bold.guardrail()).isEmpty();
    MetricAnalysis control = metric(analysis, 0, "conversion");
    assertThat(control.difference()).isEmpty();
    assertThat(difference.estimate().interval().low())
        .isLessThan(bold.estimate().interval().low() - control.estimate().interval().high());
  }

  @Test
  void of_metricWithoutBounds_isThatOfTheDifferenceOfMeans_andJudgedAsGuardrail() {
    Counted control = new Counted().metric(Metric.LATENCY, 2000, 10, 3);
    Interval expected =
        MeanDifference.of(
                ArmSums.of(2000, 2000 * 10, 2000 * 109),
                ArmSums.of(2000, 2000 * 18, 2000 * (18 * 18 + 9)))
            .interval(ALPHA);
    MetricAnalysis slower =
        metric(
            analyze(control, new Counted().metric(Metric.LATENCY, 2000, 18, 3)), 1, Metric.LATENCY);
    Difference difference = slower.difference().orElseThrow();
    assertThat(difference.estimate().interval().low()).isCloseTo(expected.low(), within(1e-9));
    assertThat(difference.estimate().interval().high()).isCloseTo(expected.high(), within(1e-9));
    assertThat(difference.decision().orElseThrow().verdict()).isEqualTo(Verdict.WORSE);
    assertThat(slower.guardrail()).as("8 more, 5 are borne").contains(Guardrail.State.BROKEN);
    MetricAnalysis faster =
        metric(
            analyze(control, new Counted().metric(Metric.LATENCY, 2000, 9, 3)), 1, Metric.LATENCY);
    assertThat(faster.guardrail()).contains(Guardrail.State.KEPT);
    assertThat(faster.difference().orElseThrow().decision().orElseThrow().verdict())
        .isEqualTo(Verdict.BETTER);
  }

  @Test
  void of_whatUnitsDidBefore_isTakenOutOfTheDifference() {
    long seed = 3;
    var random = new Random(seed);
    ArmSums[] arms = {ArmSums.NONE, ArmSums.NONE};
    for (int i = 0; i < 2_000; i++) {
      double before = random.nextGaussian() + i % 2; // By chance, bold has those who did more.
      double after = 10 + 3 * before + random.nextGaussian();
      arms[i % 2] = arms[i % 2].with(after, before);
    }
    var control = new Counted();
    var bold = new Counted();
    control.metrics.put("revenue", arms[0]);
    bold.metrics.put("revenue", arms[1]);
    MetricAnalysis analyzed = metric(analyze(control, bold), 1, "revenue");
    Difference difference = analyzed.difference().orElseThrow();
    var expected = MeanDifference.of(arms[0], arms[1]);
    assertThat(analyzed.estimate().value()).isCloseTo(arms[1].mean(), within(1e-12));
    assertThat(difference.estimate())
        .isEqualTo(new Estimate(expected.estimate(), expected.interval(ALPHA)));
    assertThat(difference.estimate().interval().contains(0)).as("seed %d", seed).isTrue();
    // Nine tenths of the variance were there before.
    assertThat(difference.explained()).isBetween(0.87, 0.93);
    assertThat(
            metric(analyze(control, bold), 1, Metric.LATENCY)
                .difference()
                .orElseThrow()
                .explained())
        .isZero();
  }

  @Test
  void of_sumsBeyondTheBounds_holdInTheLimit() {
    Analysis analysis =
        analyze(
            new Counted().metric("conversion", 1000, 1.5, 1),
            new Counted().metric("conversion", 1000, 1.5, 1));
    assertThat(metric(analysis, 1, "conversion").estimate().interval().contains(1.5)).isTrue();
    assertThat(metric(analysis, 1, "conversion").estimate().interval().halfWidth())
        .isBetween(0.05, 0.2);
  }

  @Test
  void of_depths_giveTheSpeedup() {
    ArmAnalysis bold =
        analyze(new Counted(), new Counted().metric(Metric.EXIT_DEPTH, 900, 1.6, 0.5))
            .arms()
            .getLast();
    Estimate speedup = bold.layerSpeedup().orElseThrow();
    assertThat(speedup.value()).isCloseTo(2.5, within(1e-12));
    assertThat(speedup.interval().low()).isBetween(2.0, 2.5);
    assertThat(speedup.interval().high()).isBetween(2.5, 3.2);
  }

  @Test
  void of_severalArms_shareTheProbabilityOfAnError() {
    Experiment three =
        new Definition("e")
            .arms(
                new Arm("a", 0.5, new Treatment.ByTier("full")),
                new Arm("b", 0.5, new Treatment.ByTier("x2")),
                new Arm("c", 0, new Treatment.ByTier("x3")))
            .make();
    var totals =
        new Totals(
            Map.of(
                "b", new Counted().count(Count.PAIR, 500).count(Count.PAIR_MORE, 9).make(),
                "a", new Counted().units(100).make()),
            0);
    Analysis analysis = Analysis.of(three, ArmStates.NONE, totals, OptionalInt.empty(), ALPHA);
    assertThat(
            analysis.arms().get(1).disagreement().difference().orElseThrow().estimate().interval())
        .isEqualTo(new PairedTally(500, 9, 0).interval(ALPHA / 2));
    assertThat(analysis.sampleRatio().orElseThrow().isMismatch())
        .as("100 units to none, where half were meant")
        .isTrue();
    assertThat(analysis.sampleRatio().map(ratio -> ratio.units().size())).isEqualTo(Optional.of(2));
  }

  /** Of 11 buckets they have 9, 1 and 1, where 9.9, 0.55 and 0.55 were meant. */
  @Test
  void of_smallCoverage_expectsTheBucketsThatArmsHave() {
    var definition =
        new Definition("small")
            .arms(
                new Arm("a", 0.9, new Treatment.ByTier("full")),
                new Arm("b", 0.05, new Treatment.ByTier("x2")),
                new Arm("c", 0.05, new Treatment.ByTier("x3")));
    definition.coverage = 0.001;
    var totals =
        new Totals(
            Map.of(
                "a", new Counted().units(9_000).make(),
                "b", new Counted().units(1_010).make(),
                "c", new Counted().units(990).make()),
            0);
    Analysis analysis =
        Analysis.of(definition.make(), ArmStates.NONE, totals, OptionalInt.empty(), ALPHA);
    assertThat(analysis.sampleRatio().orElseThrow().isMismatch()).isFalse();
    assertThat(analysis.sampleRatio().orElseThrow().chiSquareP()).isGreaterThan(0.1);
  }

  @Test
  void of_sampleRatioMismatch_concludesNothing() {
    Counted control = new Counted().units(1_000).metric("conversion", 1_000, 0.2, 0.4);
    Counted bold = new Counted().units(2_000).metric("conversion", 2_000, 0.9, 0.3);
    Difference difference =
        metric(analyze(control, bold), 1, "conversion").difference().orElseThrow();
    assertThat(difference.estimate().value()).isCloseTo(0.7, within(1e-9));
    assertThat(difference.decision()).isEmpty();
    assertThat(
            metric(analyze(control.units(2_000), bold), 1, "conversion")
                .difference()
                .orElseThrow()
                .decision())
        .isPresent();
  }

  @Test
  void of_stoppedArm_isLeftOutOfTheSampleRatio_andNothingIsConcludedOfIt() {
    Experiment three =
        new Definition("e")
            .arms(
                new Arm("a", 0.4, new Treatment.ByTier("full")),
                new Arm("b", 0.4, new Treatment.ByTier("x2")),
                new Arm("c", 0.2, new Treatment.ByTier("x3")))
            .make();
    var totals =
        new Totals(
            Map.of(
                "a", new Counted().units(4_000).metric("conversion", 4_000, 0.9, 0.3).make(),
                "b", new Counted().units(4_020).metric("conversion", 4_020, 0.5, 0.5).make(),
                "c", new Counted().units(60).metric("conversion", 60, 0, 0).make()),
            0);
    var stopped = new ArmStates(List.of("c"), Map.of());
    Analysis before = Analysis.of(three, ArmStates.NONE, totals, OptionalInt.empty(), ALPHA);
    assertThat(before.sampleRatio().orElseThrow().isMismatch()).isTrue();
    Analysis analysis = Analysis.of(three, stopped, totals, OptionalInt.empty(), ALPHA);
    assertThat(analysis.sampleRatio().orElseThrow().isMismatch()).isFalse();
    assertThat(analysis.sampleRatio().orElseThrow().units()).containsExactly(4_000L, 4_020L);
    Difference going = metric(analysis, 1, "conversion").difference().orElseThrow();
    assertThat(going.decision().orElseThrow().verdict()).isEqualTo(Verdict.WORSE);
    Difference over = metric(analysis, 2, "conversion").difference().orElseThrow();
    assertThat(over.decision()).isEmpty();
    assertThat(over.estimate().value()).isCloseTo(-0.9, within(1e-9));
  }

  @Test
  void of_latencies_areQuantilesOfTheirBuckets() {
    var bold = new Counted();
    bold.latencies.put(1_000L, 600L);
    bold.latencies.put(9_024L, 400L);
    ArmAnalysis arm = analyze(new Counted(), bold).arms().getLast();
    assertThat(arm.latencyP50().orElseThrow().value()).isBetween(1.0, 1.02);
    assertThat(arm.latencyP50().orElseThrow().interval().high()).isLessThan(1.02);
    assertThat(arm.latencyP99().orElseThrow().value()).isBetween(9.024, 9.1);
    assertThat(arm.latencyP99().orElseThrow().interval().low()).isEqualTo(9.024);
  }

  /** Three in a hundred requests take so long, the others a millisecond. */
  private static Counted slowest(long n, long micros) {
    var arm = new Counted();
    arm.latencies.put(1_000L, n * 97 / 100);
    arm.latencies.put(micros, n * 3 / 100);
    return arm;
  }

  @Test
  void of_latencyQuantile_isComparedWithTheFirstArm_andJudgedAsGuardrail() {
    var guarded = new Definition("e");
    guarded.guardrails = List.of(new Metric(Metric.LATENCY_P99, Better.LOWER, Optional.empty(), 5));
    Experiment p99 = guarded.make();
    Counted control = slowest(10_000, 8_000);
    MetricAnalysis slower = ofBold(p99, control, slowest(10_000, 64_000));
    Difference difference = slower.difference().orElseThrow();
    assertThat(difference.estimate())
        .isEqualTo(
            new Estimate(
                Latencies.millis(slowest(10_000, 64_000).latencies).quantile(0.99)
                    - Latencies.millis(control.latencies).quantile(0.99),
                Latencies.millis(slowest(10_000, 64_000).latencies)
                    .difference(Latencies.millis(control.latencies), 0.99, ALPHA)));
    assertThat(slower.n()).isEqualTo(10_000);
    assertThat(difference.decision().orElseThrow().verdict()).isEqualTo(Verdict.WORSE);
    assertThat(slower.guardrail()).as("56 ms more, 5 are borne").contains(Guardrail.State.BROKEN);
    assertThat(ofBold(p99, control, slowest(10_000, 8_000)).guardrail())
        .contains(Guardrail.State.KEPT);
    assertThat(ofBold(p99, control, slowest(200, 64_000)).guardrail())
        .as("six of 200 are not enough to tell")
        .contains(Guardrail.State.OPEN);
    assertThat(ofBold(p99, control, new Counted()).estimate())
        .isEqualTo(new Estimate(0, Interval.ANY));
  }

  private static MetricAnalysis ofBold(Experiment experiment, Counted control, Counted bold) {
    return metric(Counted.analyze(experiment, control, bold), 1, Metric.LATENCY_P99);
  }

  @Test
  void of_medianThatIsTheMetric_comesFirst_once() {
    var median = new Definition("e");
    median.metric = new Metric(Metric.LATENCY_P50, Better.LOWER, Optional.empty(), 1);
    var totals = new Totals(Map.of("control", slowest(1_000, 8_000).make()), 0);
    ArmAnalysis control =
        Analysis.of(median.make(), ArmStates.NONE, totals, OptionalInt.of(4), ALPHA)
            .arms()
            .getFirst();
    assertThat(control.metrics())
        .extracting(MetricAnalysis::name)
        .containsExactly(Metric.LATENCY_P50, Metric.LATENCY, Metric.LATENCY_P99, Metric.EXIT_DEPTH);
    assertThat(Optional.of(control.metrics().getFirst().estimate()))
        .isEqualTo(control.latencyP50());
  }
}
