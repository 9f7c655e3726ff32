package dev.offramp.server.experiment.ramp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.RampPlan;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.Disagreement;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.ramp.RampFacts.Seen;
import dev.offramp.server.experiment.ramp.RampProgress.Hold;
import dev.offramp.server.experiment.ramp.RampProgress.State;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.Decision;
import dev.offramp.server.experiment.stats.Goal;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.SampleRatio;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** The decision, over everything that it can be asked. */
class RampRuleTest {

  private static final double MARGIN = 0.02;
  private static final Duration DWELL = Duration.ofMinutes(90);
  private static final RampPlan PLAN = new RampPlan(List.of(0.1, 0.5, 1.0), DWELL);

  /** What is known of a metric of which higher is better. */
  private enum Found {
    NOTHING(-1, 1, false),
    BETTER(0.1, 0.2, false),
    WORSE(-0.2, -0.03, true),
    PERHAPS_MORE_THAN_MATTERS(-0.2, -0.001, true),
    WITHIN_THE_MARGIN(-0.015, -0.005, false);

    private final double low;
    private final double high;
    private final boolean speaksAgainst;

    Found(double low, double high, boolean speaksAgainst) {
      this.low = low;
      this.high = high;
      this.speaksAgainst = speaksAgainst;
    }
  }

  private static ExperimentStatus status(ExperimentState state, double coverage) {
    var definition =
        new Definition("e")
            .arms(
                new Arm("control", 0.5, new Treatment.ByTier("full")),
                new Arm("bold", 0.5, new Treatment.ByTier("x3")),
                new Arm("testers", 0, new Treatment.ByTier("x2")));
    definition.metric = new Metric("conversion", Metric.Better.HIGHER, Optional.empty(), MARGIN);
    definition.coverage = coverage;
    definition.ramp = Optional.of(PLAN);
    Instant now = Instant.EPOCH;
    return new ExperimentStatus(definition.make(), state, 2, "", ArmStates.NONE, now, now);
  }

  private static MetricAnalysis metric(
      String name, Interval interval, Optional<Guardrail.State> guardrail) {
    double middle = (interval.low() + interval.high()) / 2;
    var estimate = new Estimate(middle, interval);
    return new MetricAnalysis(
        name,
        1_000,
        estimate,
        Optional.of(
            new Difference(
                estimate,
                0,
                Optional.of(Decision.of(interval, middle, 1_000, MARGIN, Goal.HIGHER)))),
        guardrail);
  }

  private static ArmAnalysis arm(String name, MetricAnalysis... metrics) {
    return new ArmAnalysis(
        name,
        new Totals(Map.of(), 0).arm(name),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Disagreement(0, 0, Optional.empty(), Optional.empty(), 0),
        List.of(metrics));
  }

  private static Analysis analysis(Found found, Guardrail.State guardrail, boolean mismatch) {
    return new Analysis(
        List.of(
            arm("control"),
            arm(
                "bold",
                metric("conversion", new Interval(found.low, found.high), Optional.empty()),
                metric(Metric.LATENCY, new Interval(-1, 1), Optional.of(guardrail)),
                // Nobody said that this is to decide anything.
                metric("other", new Interval(-9, -8), Optional.empty())),
            arm("testers")),
        Optional.of(
            SampleRatio.of(
                mismatch ? List.of(1_000L, 2_000L) : List.of(1_000L, 1_010L), List.of(0.5, 0.5))));
  }

  /** What is to come of it, said in another way than the rule says it. */
  private static String expected(
      RampFacts facts, Found found, Guardrail.State guardrail, boolean mismatch) {
    double coverage = facts.status().experiment().coverage();
    if (coverage == 0.75) {
      return "SUSPENDED";
    }
    if (coverage == 1) {
      return "DONE";
    }
    if (facts.status().state() != ExperimentState.RUNNING) {
      return "SUSPENDED";
    }
    var inTheWay = new ArrayList<Hold>();
    if (mismatch) {
      inTheWay.add(Hold.SAMPLE_RATIO);
    }
    if (found.speaksAgainst || guardrail == Guardrail.State.BROKEN) {
      inTheWay.add(Hold.WORSE);
    }
    if (!facts.drifted().isEmpty()) {
      inTheWay.add(Hold.DRIFT);
    }
    if (inTheWay.isEmpty() && facts.dwelled().compareTo(DWELL) < 0) {
      return "WAITING";
    }
    if (facts.seen().values().stream()
        .anyMatch(seen -> seen.exposures() < 50 || seen.units() < 50)) {
      inTheWay.add(Hold.FEW_EXPOSURES);
    }
    return inTheWay.isEmpty() ? "DUE" : "HELD " + inTheWay.getFirst();
  }

  @Test
  void decide_everything_goesOnOnlyWhereNothingIsInTheWay() {
    int cases = 0;
    int due = 0;
    for (ExperimentState state :
        List.of(ExperimentState.DRAFT, ExperimentState.RUNNING, ExperimentState.PAUSED)) {
      for (double coverage : new double[] {0.1, 0.5, 0.75, 1}) {
        for (Found found : Found.values()) {
          for (Guardrail.State guardrail : Guardrail.State.values()) {
            for (boolean mismatch : new boolean[] {false, true}) {
              for (boolean drift : new boolean[] {false, true}) {
                for (int second : new int[] {-1, 0, 1}) {
                  for (long control : new long[] {0, 49, 50, 5_000}) {
                    for (long bold : new long[] {49, 50}) {
                      var facts =
                          new RampFacts(
                              status(state, coverage),
                              DWELL.plusSeconds(second),
                              analysis(found, guardrail, mismatch),
                              Map.of("control", seen(control), "bold", seen(bold)),
                              drift ? List.of("risk0.1") : List.of(),
                              List.of());
                      RampProgress progress = RampRule.decide(PLAN, facts);
                      assertThat(
                              progress.state() + progress.hold().map(hold -> " " + hold).orElse(""))
                          .as("%s %s %s %s", facts, found, guardrail, mismatch)
                          .isEqualTo(expected(facts, found, guardrail, mismatch));
                      assertThat(progress.next())
                          .isEqualTo(
                              coverage == 0.1
                                  ? OptionalDouble.of(0.5)
                                  : coverage == 0.5
                                      ? OptionalDouble.of(1)
                                      : OptionalDouble.empty());
                      assertThat(progress.dwelled()).isEqualTo(facts.dwelled());
                      // The audit log takes 256 bytes.
                      assertThat(progress.reason()).isNotBlank().hasSizeLessThan(257);
                      cases++;
                      due += progress.state() == State.DUE ? 1 : 0;
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    System.out.printf("%d cases, %d of them due%n", cases, due);
    assertThat(due).isPositive();
  }

  /** So many exposures at this step, of as many units. */
  private static Seen seen(long n) {
    return new Seen(n, n);
  }

  @Test
  void decide_saysWhy() {
    Analysis fine = analysis(Found.NOTHING, Guardrail.State.OPEN, false);
    var few = Map.of("control", seen(80), "bold", seen(12));
    assertThat(reason(0.5, DWELL.minusSeconds(60), fine, few))
        .isEqualTo("1h29m of 1h30m at 50 % are over");
    assertThat(reason(0.5, DWELL, fine, few))
        .isEqualTo(
            "arm bold has 12 exposures at 50 % and 12 units in all (expected: at least 50 of both in each arm)");
    assertThat(reason(0.5, DWELL, fine, Map.of("control", seen(80), "bold", new Seen(900, 3))))
        .as("three users who ask again and again")
        .startsWith("arm bold has 900 exposures at 50 % and 3 units in all");
    assertThat(reason(0.5, DWELL, fine, Map.of("control", seen(80), "bold", seen(70))))
        .isEqualTo(
            "1h30m at 50 %, at least 70 exposures and units of each arm, and nothing speaks against it");
    assertThat(reason(0.75, DWELL, fine, few))
        .isEqualTo(
            "coverage 75 % is no step of the plan; ramp to one of [0.1, 0.5, 1.0] and it goes on");
    assertThat(reason(0.1, Duration.ZERO, analysis(Found.WORSE, Guardrail.State.OPEN, false), few))
        .isEqualTo("arm bold is worse by conversion");
  }

  private static String reason(
      double coverage, Duration dwelled, Analysis analysis, Map<String, Seen> seen) {
    return RampRule.decide(
            PLAN,
            new RampFacts(
                status(ExperimentState.RUNNING, coverage),
                dwelled,
                analysis,
                seen,
                List.of(),
                List.of()))
        .reason();
  }

  @Test
  void decide_armStopped_keepsNothing() {
    ExperimentStatus running = status(ExperimentState.RUNNING, 0.1);
    var facts =
        new RampFacts(
            new ExperimentStatus(
                running.experiment(),
                running.state(),
                running.version(),
                "",
                new ArmStates(List.of("bold"), Map.of()),
                running.created(),
                running.changed()),
            DWELL,
            analysis(Found.WORSE, Guardrail.State.BROKEN, false),
            Map.of("control", seen(50), "bold", seen(1)),
            List.of(),
            List.of());
    assertThat(RampRule.decide(PLAN, facts).state()).isEqualTo(State.DUE);
  }

  @Test
  void decide_anotherVersionServed_holds() {
    var facts =
        new RampFacts(
            status(ExperimentState.RUNNING, 0.1),
            DWELL,
            analysis(Found.NOTHING, Guardrail.State.OPEN, false),
            Map.of("control", seen(50), "bold", seen(50)),
            List.of(),
            List.of("arm bold has version 2, and had 1 when the experiment was started"));
    RampProgress progress = RampRule.decide(PLAN, facts);
    assertThat(progress.hold()).contains(Hold.MODEL_CHANGED);
    assertThat(progress.reason())
        .isEqualTo(
            "arm bold has version 2, and had 1 when the experiment was started; pause and start it to go on with what is served");
  }

  @Test
  void plan_nextOfAStep_isTheOneBehindIt() {
    assertThat(PLAN.next(0.1)).hasValue(0.5);
    assertThat(PLAN.next(0.5)).hasValue(1);
    assertThat(PLAN.next(1)).isEmpty();
    assertThat(PLAN.next(0.3)).isEmpty();
    assertThat(PLAN.has(0.3)).isFalse();
    assertThat(PLAN.has(1)).isTrue();
  }
}
