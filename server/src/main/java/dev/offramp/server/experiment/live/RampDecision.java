package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.RampPlan;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.SampleRatio;
import dev.offramp.server.experiment.stats.Verdict;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/*
 * A plan is carried out as a careful person would: a step lasts its time, counted from whatever was
 * changed last, and nothing that looks bad is made larger. It never makes an experiment smaller and
 * never ends one: that is for guardrails and people.
 */

/** What a running experiment's ramp plan does next. */
public sealed interface RampDecision {

  /** Each arm needs so many exposures before more units are let in: {@value}. */
  int LEAST_EXPOSURES = 100;

  /** It goes on to this coverage now. */
  record Advance(double coverage) implements RampDecision {}

  /** It stays, for this reason. */
  record Hold(String why) implements RampDecision {}

  /** For people. */
  default String said() {
    return switch (this) {
      case Advance(double coverage) -> "goes on to " + percent(coverage);
      case Hold(String why) -> "holds: " + why;
    };
  }

  /**
   * Decides. Empty where there is no plan, it has come to its end, or the experiment does not run.
   *
   * @param alarmed whether audits refute the certificate of one of the model's tiers
   */
  static Optional<RampDecision> of(
      ExperimentStatus status, Analysis analysis, Predicate<String> alarmed, Instant now) {
    Experiment experiment = status.experiment();
    if (status.state() != ExperimentState.RUNNING || experiment.ramp().isEmpty()) {
      return Optional.empty();
    }
    RampPlan plan = experiment.ramp().get();
    double coverage = experiment.coverage();
    OptionalDouble next = plan.steps().stream().mapToDouble(s -> s).filter(s -> s > coverage).min();
    if (next.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        hold(status, plan, analysis, alarmed, now)
            .<RampDecision>map(Hold::new)
            .orElseGet(() -> new Advance(next.getAsDouble())));
  }

  private static Optional<String> hold(
      ExperimentStatus status,
      RampPlan plan,
      Analysis analysis,
      Predicate<String> alarmed,
      Instant now) {
    double coverage = status.experiment().coverage();
    if (!plan.steps().contains(coverage)) {
      return Optional.of(
          "a coverage of %s is no step of the plan (set it to one of them, and the plan goes on)"
              .formatted(percent(coverage)));
    }
    Instant until = status.changed().plus(plan.dwell());
    if (now.isBefore(until)) {
      return Optional.of("this step lasts until " + until.truncatedTo(ChronoUnit.SECONDS));
    }
    return concern(status.experiment(), analysis, alarmed);
  }

  private static Optional<String> concern(
      Experiment experiment, Analysis analysis, Predicate<String> alarmed) {
    if (analysis.sampleRatio().filter(SampleRatio::isMismatch).isPresent()) {
      return Optional.of("units are not split over the arms as planned");
    }
    for (Arm arm : experiment.arms()) {
      if (arm.treatment() instanceof Treatment.ByTier(String tier) && alarmed.test(tier)) {
        return Optional.of(
            "audits refute the certificate of tier %s, which arm %s gets"
                .formatted(tier, arm.name()));
      }
    }
    for (ArmAnalysis arm : analysis.arms()) {
      for (MetricAnalysis metric : arm.metrics()) {
        if (metric.guardrail().equals(Optional.of(Guardrail.State.BROKEN))) {
          return Optional.of("arm %s breaks the guardrail %s".formatted(arm.arm(), metric.name()));
        }
        if (metric.name().equals(experiment.metric().name())
            && metric.difference().flatMap(Difference::decision).stream()
                .anyMatch(decision -> decision.verdict() == Verdict.WORSE)) {
          return Optional.of("arm %s is worse in %s".formatted(arm.arm(), metric.name()));
        }
      }
    }
    return tooFew(experiment.arms(), analysis);
  }

  private static Optional<String> tooFew(List<Arm> arms, Analysis analysis) {
    for (ArmAnalysis arm : analysis.arms()) {
      long exposures = arm.totals().depths().values().stream().mapToLong(n -> n).sum();
      boolean weighted =
          arms.stream().anyMatch(each -> each.name().equals(arm.arm()) && each.weight() > 0);
      if (weighted && exposures < LEAST_EXPOSURES) {
        return Optional.of(
            "arm %s has %d exposures (expected: at least %d)"
                .formatted(arm.arm(), exposures, LEAST_EXPOSURES));
      }
    }
    return Optional.empty();
  }

  private static String percent(double coverage) {
    return "%.4g %%".formatted(100 * coverage);
  }
}
