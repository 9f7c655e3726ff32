package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.count.Latencies;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.Bonferroni;
import dev.offramp.server.experiment.stats.Decision;
import dev.offramp.server.experiment.stats.Goal;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.PairedTally;
import dev.offramp.server.experiment.stats.Tally;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeSet;

/*
 * The first arm's counts go on once another was stopped, and are of other hours, or of a weekend, from then
 * on: so of a stopped arm the numbers are shown, and no verdict. Pairs of audits are of the same texts, and
 * say what they say.
 */

/** Says what the counts of single arms mean, beside those of the first. */
final class ArmAnalyzer {

  private final Experiment experiment;
  private final ArmStates states;
  private final Totals totals;
  private final OptionalInt layers;
  private final double alpha;
  private final boolean comparable;

  /** The share of an error's probability that each arm's comparison with the first has. */
  private final int comparisons;

  /**
   * An analyzer.
   *
   * @param comparable whether arms got their shares of units
   */
  ArmAnalyzer(
      Experiment experiment,
      ArmStates states,
      Totals totals,
      OptionalInt layers,
      double alpha,
      boolean comparable) {
    this.experiment = experiment;
    this.states = states;
    this.totals = totals;
    this.layers = layers;
    this.alpha = alpha;
    this.comparable = comparable;
    this.comparisons = experiment.arms().size() - 1;
  }

  private ArmTotals first() {
    return totals.arm(experiment.arms().getFirst().name());
  }

  private boolean isFirst(Arm arm) {
    return arm.equals(experiment.arms().getFirst());
  }

  private double each() {
    return Bonferroni.each(alpha, comparisons);
  }

  ArmAnalysis analyze(Arm arm) {
    ArmTotals counted = totals.arm(arm.name());
    var metrics = new ArrayList<MetricAnalysis>();
    definitions().forEach((name, metric) -> metrics.add(metric(name, metric, arm)));
    return new ArmAnalysis(
        arm.name(),
        counted,
        speedup(counted),
        observed(latency(counted, 0.5)),
        observed(latency(counted, 0.99)),
        disagreement(arm),
        metrics);
  }

  /** All metrics that there is anything to say of, with what is known of what they are to be. */
  private Map<String, Optional<Metric>> definitions() {
    var all = new LinkedHashMap<String, Optional<Metric>>();
    experiment.metrics().forEach(metric -> all.put(metric.name(), Optional.of(metric)));
    for (String measured : Metric.ALL_MEASURED) {
      if (!measured.equals(Metric.DISAGREEMENT)) { // It is told anyway, with its audits.
        all.putIfAbsent(
            measured,
            Optional.of(
                new Metric(measured, Metric.Better.LOWER, Optional.empty(), /* margin= */ 0)));
      }
    }
    var reported = new TreeSet<String>();
    totals.arms().values().forEach(arm -> reported.addAll(arm.metrics().keySet()));
    reported.forEach(name -> all.putIfAbsent(name, Optional.empty()));
    return all;
  }

  private MetricAnalysis metric(String name, Optional<Metric> metric, Arm arm) {
    ArmTotals counted = totals.arm(arm.name());
    OptionalDouble quantile = Metric.quantile(name);
    if (quantile.isPresent()) {
      double p = quantile.getAsDouble();
      return compare(name, metric, arm, latency(counted, p), latency(first(), p));
    }
    return name.equals(Metric.DISAGREEMENT)
        ? compare(name, metric, arm, audits(counted), audits(first()))
        : compare(name, metric, arm, mean(counted, name, metric), mean(first(), name, metric));
  }

  private <S extends Sample<S>> MetricAnalysis compare(
      String name, Optional<Metric> metric, Arm arm, S sample, S first) {
    Estimate value = estimate(sample);
    if (isFirst(arm)) {
      return new MetricAnalysis(name, sample.n(), value, Optional.empty(), Optional.empty());
    }
    var difference = new Estimate(sample.less(first), sample.minus(first, each()));
    return new MetricAnalysis(
        name,
        sample.n(),
        value,
        Optional.of(
            new Difference(
                difference,
                sample.explained(first),
                metric
                    .filter(_ -> !states.isStopped(arm.name()))
                    .flatMap(known ->
                        decide(difference, sample.compared(first), known.margin(), goal(known))))),
        metric
            .filter(known -> experiment.guardrails().contains(known))
            .map(guardrail -> judge(guardrail, sample, first)));
  }

  private MeanSample mean(ArmTotals arm, String name, Optional<Metric> metric) {
    Optional<Metric.Bounds> bounds =
        name.equals(Metric.EXIT_DEPTH) ? depths() : metric.flatMap(Metric::bounds);
    return new MeanSample(arm.metric(name), bounds);
  }

  private static QuantileSample latency(ArmTotals arm, double p) {
    return new QuantileSample(Latencies.millis(arm.latencies()), p);
  }

  private Optional<Metric.Bounds> depths() {
    return layers.isPresent() && layers.getAsInt() > 1
        ? Optional.of(new Metric.Bounds(1, layers.getAsInt()))
        : Optional.empty();
  }

  /** Of arms that lost units, one more than the other, nothing is concluded. */
  private Optional<Decision> decide(Estimate difference, long n, double margin, Goal goal) {
    return comparable
        ? Optional.of(Decision.of(difference.interval(), difference.value(), n, margin, goal))
        : Optional.empty();
  }

  private static Goal goal(Metric metric) {
    return switch (metric.better()) {
      case HIGHER -> Goal.HIGHER;
      case LOWER -> Goal.LOWER;
    };
  }

  private <S extends Sample<S>> Guardrail.State judge(Metric metric, S sample, S first) {
    double level = Bonferroni.each(Guardrail.DEFAULT_ALPHA, comparisons);
    return new Guardrail(metric.margin(), level, goal(metric))
        .judge(sample.lowerMinus(first, level), sample.upperMinus(first, level));
  }

  private Optional<Estimate> speedup(ArmTotals arm) {
    var depth = new MeanSample(arm.metric(Metric.EXIT_DEPTH), depths());
    if (depth.n() == 0 || layers.isEmpty()) {
      return Optional.empty();
    }
    int all = layers.getAsInt();
    Interval depths = depth.interval(alpha);
    // No text leaves before the first exit, or behind the last.
    return Optional.of(
        new Estimate(
            all / depth.value(),
            new Interval(
                all / Math.clamp(depths.high(), 1, all), all / Math.clamp(depths.low(), 1, all))));
  }

  private Optional<Estimate> observed(Sample<?> sample) {
    return sample.n() == 0 ? Optional.empty() : Optional.of(estimate(sample));
  }

  private Estimate estimate(Sample<?> sample) {
    return new Estimate(sample.value(), sample.interval(alpha));
  }

  private Disagreement disagreement(Arm arm) {
    AuditSample sample = audits(totals.arm(arm.name()));
    return new Disagreement(
        sample.n(),
        sample.audits().ones(),
        observed(sample),
        isFirst(arm) ? Optional.empty() : Optional.of(difference(sample, audits(first()))),
        sample.pairs().n());
  }

  private Difference difference(AuditSample sample, AuditSample first) {
    var difference = new Estimate(sample.less(first), sample.minus(first, each()));
    return new Difference(
        difference, 0, decide(difference, sample.compared(first), /* margin= */ 0, Goal.LOWER));
  }

  private static AuditSample audits(ArmTotals arm) {
    return new AuditSample(
        Tally.ofRate(arm.count(Count.AUDIT), arm.count(Count.DISAGREEMENT)),
        new PairedTally(
            arm.count(Count.PAIR), arm.count(Count.PAIR_MORE), arm.count(Count.PAIR_LESS)));
  }
}
