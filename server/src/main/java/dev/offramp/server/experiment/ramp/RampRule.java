package dev.offramp.server.experiment.ramp;

import dev.offramp.model.io.DurationText;
import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.RampPlan;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.ramp.RampFacts.Seen;
import dev.offramp.server.experiment.ramp.RampProgress.Hold;
import dev.offramp.server.experiment.ramp.RampProgress.State;
import dev.offramp.server.experiment.stats.Decision;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.MeanDifference;
import dev.offramp.server.experiment.stats.Verdict;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * Decides whether a ramp plan goes on.
 *
 * <p>Threading: pure functions.
 */
public final class RampRule {

  /**
   * The exposures that every arm with a weight needs at a step, and the units that it needs in all:
   * below that many the intervals of outcomes without bounds have no ends, so no harm could have
   * shown.
   */
  public static final int LEAST_EXPOSURES = MeanDifference.LEAST_UNITS;

  /** How far a plan is, and what comes next. */
  public static RampProgress decide(RampPlan plan, RampFacts facts) {
    Experiment experiment = facts.status().experiment();
    double coverage = experiment.coverage();
    OptionalDouble next = plan.next(coverage);
    if (!plan.has(coverage)) {
      return progress(
          State.SUSPENDED,
          next,
          facts,
          "coverage %s is no step of the plan; ramp to one of %s and it goes on"
              .formatted(percent(coverage), plan.steps()));
    }
    if (next.isEmpty()) {
      return progress(State.DONE, next, facts, "the last step is reached");
    }
    if (facts.status().state() != ExperimentState.RUNNING) {
      return progress(State.SUSPENDED, next, facts, "the experiment does not run");
    }
    Optional<RampProgress> harm = harm(facts, next);
    if (harm.isPresent()) {
      return harm.get();
    }
    if (facts.dwelled().compareTo(plan.dwell()) < 0) {
      return progress(
          State.WAITING,
          next,
          facts,
          "%s of %s at %s are over"
              .formatted(time(facts.dwelled()), time(plan.dwell()), percent(coverage)));
    }
    Arm least = least(facts);
    Seen seen = seen(facts, least);
    return seen.least() < LEAST_EXPOSURES
        ? held(
            Hold.FEW_EXPOSURES,
            next,
            facts,
            "arm %s has %d exposures at %s and %d units in all (expected: at least %d of both in each arm)"
                .formatted(
                    least.name(),
                    seen.exposures(),
                    percent(coverage),
                    seen.units(),
                    LEAST_EXPOSURES))
        : progress(
            State.DUE,
            next,
            facts,
            "%s at %s, at least %d exposures and units of each arm, and nothing speaks against it"
                .formatted(time(facts.dwelled()), percent(coverage), seen.least()));
  }

  private static Optional<RampProgress> harm(RampFacts facts, OptionalDouble next) {
    if (facts.analysis().sampleRatio().filter(ratio -> ratio.isMismatch()).isPresent()) {
      return Optional.of(
          held(Hold.SAMPLE_RATIO, next, facts, "arms did not get their shares of units"));
    }
    if (!facts.changed().isEmpty()) {
      return Optional.of(
          held(
              Hold.MODEL_CHANGED,
              next,
              facts,
              facts.changed().getFirst() + "; pause and start it to go on with what is served"));
    }
    for (ArmAnalysis arm : facts.analysis().arms()) {
      if (facts.status().arms().isStopped(arm.arm())) {
        continue;
      }
      for (MetricAnalysis metric : arm.metrics()) {
        Optional<Metric> definition =
            facts
                .status()
                .experiment()
                .metrics()
                .filter(known -> known.name().equals(metric.name()))
                .findFirst();
        if (definition.isPresent() && isWorse(metric, definition.get())) {
          return Optional.of(
              held(
                  Hold.WORSE,
                  next,
                  facts,
                  "arm %s is worse by %.40s".formatted(arm.arm(), metric.name())));
        }
      }
    }
    return facts.drifted().isEmpty()
        ? Optional.empty()
        : Optional.of(
            held(
                Hold.DRIFT,
                next,
                facts,
                "audits refute the certificate of %s"
                    .formatted(
                        facts.drifted().stream().limit(3).collect(Collectors.joining(", ")))));
  }

  /** Worse, unless surely by no more than what does not matter. */
  private static boolean isWorse(MetricAnalysis metric, Metric definition) {
    if (metric.guardrail().filter(Guardrail.State.BROKEN::equals).isPresent()) {
      return true;
    }
    Optional<Verdict> verdict =
        metric.difference().flatMap(Difference::decision).map(Decision::verdict);
    if (!verdict.equals(Optional.of(Verdict.WORSE))) {
      return false;
    }
    Interval interval = metric.difference().orElseThrow().estimate().interval();
    return interval.low() < -definition.margin() || interval.high() > definition.margin();
  }

  private static Arm least(RampFacts facts) {
    return facts.status().experiment().arms().stream()
        .filter(arm -> arm.weight() > 0 && !facts.status().arms().isStopped(arm.name()))
        .min(Comparator.comparingLong((Arm arm) -> seen(facts, arm).least()))
        .orElseThrow(); // Without arms to compare it has ended.
  }

  private static Seen seen(RampFacts facts, Arm arm) {
    return facts.seen().getOrDefault(arm.name(), Seen.NOTHING);
  }

  private static RampProgress held(Hold hold, OptionalDouble next, RampFacts facts, String why) {
    return new RampProgress(State.HELD, next, facts.dwelled(), Optional.of(hold), why);
  }

  private static RampProgress progress(
      State state, OptionalDouble next, RampFacts facts, String why) {
    return new RampProgress(state, next, facts.dwelled(), Optional.empty(), why);
  }

  private static String percent(double share) {
    return "%.4g %%".formatted(100 * share).replaceAll("\\.?0+ %", " %");
  }

  /** Such as {@code 1h30m}: whole seconds, for people. */
  private static String time(Duration duration) {
    return DurationText.format(Duration.ofSeconds(duration.toSeconds()));
  }

  private RampRule() {}
}
