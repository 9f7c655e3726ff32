package dev.offramp.server.experiment.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.RampPlan;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.Disagreement;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.stats.Decision;
import dev.offramp.server.experiment.stats.Guardrail;
import dev.offramp.server.experiment.stats.Interval;
import dev.offramp.server.experiment.stats.SampleRatio;
import dev.offramp.server.experiment.stats.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps of 10, 50 and 100 %, an hour each; the last change was at 0:00. */
final class RampDecisionTest {
  private static final Instant CHANGED = Instant.EPOCH;
  private static final Instant AN_HOUR_LATER = CHANGED.plus(Duration.ofHours(1));

  private final Definition definition = new Definition("e");
  private ExperimentState state = ExperimentState.RUNNING;
  private long exposures = RampDecision.LEAST_EXPOSURES;
  private Verdict verdict = Verdict.KEEP_GOING;
  private Guardrail.State guardrail = Guardrail.State.OPEN;
  private SampleRatio ratio = new SampleRatio(List.of(50L, 50L), 1, 1);
  private String alarmed = "";

  RampDecisionTest() {
    definition.coverage = 0.1;
    definition.ramp = Optional.of(new RampPlan(List.of(0.1, 0.5, 1.0), Duration.ofHours(1)));
  }

  private Optional<RampDecision> decide(Instant now) {
    var status = new ExperimentStatus(definition.make(), state, 2, "", CHANGED, CHANGED);
    var analysis =
        new Analysis(List.of(arm("control", false), arm("bold", true)), Optional.of(ratio));
    return RampDecision.of(status, analysis, alarmed::equals, now);
  }

  private ArmAnalysis arm(String name, boolean compared) {
    var estimate = new Estimate(0, Interval.ANY);
    var totals =
        new ArmTotals(
            new HashMap<>(),
            exposures,
            new TreeMap<>(Map.of(1L, exposures)),
            new TreeMap<>(),
            new TreeMap<>());
    Optional<Difference> difference =
        compared
            ? Optional.of(
                new Difference(estimate, Optional.of(new Decision(verdict, OptionalLong.empty()))))
            : Optional.empty();
    return new ArmAnalysis(
        name,
        totals,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Disagreement(0, 0, Optional.empty(), Optional.empty(), 0),
        List.of(
            new MetricAnalysis("conversion", 1, estimate, difference, Optional.empty()),
            new MetricAnalysis(
                "offramp.latency_ms",
                1,
                estimate,
                Optional.empty(),
                compared ? Optional.of(guardrail) : Optional.empty())));
  }

  private void assertHolds(String why) {
    assertThat(decide(AN_HOUR_LATER))
        .containsInstanceOf(RampDecision.Hold.class)
        .get()
        .extracting(RampDecision::said)
        .asString()
        .startsWith("holds: ")
        .contains(why);
  }

  @ParameterizedTest
  @CsvSource({"0.1, 0.5", "0.5, 1"})
  void of_stepThatLastedItsTime_goesToTheNext(double coverage, double next) {
    definition.coverage = coverage;
    assertThat(decide(AN_HOUR_LATER)).contains(new RampDecision.Advance(next));
  }

  @Test
  void of_stepThatStillLasts_holdsUntilThen() {
    assertThat(decide(AN_HOUR_LATER.minusNanos(1)).map(RampDecision::said))
        .contains("holds: this step lasts until 1970-01-01T01:00:00Z");
  }

  @Test
  void of_lastStep_hasNothingLeftToDo() {
    definition.coverage = 1;
    assertThat(decide(AN_HOUR_LATER)).isEmpty();
  }

  @Test
  void of_noPlan_isEmpty() {
    definition.ramp = Optional.empty();
    assertThat(decide(AN_HOUR_LATER)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RUNNING")
  void of_experimentThatDoesNotRun_isEmpty(ExperimentState other) {
    state = other;
    assertThat(decide(AN_HOUR_LATER)).isEmpty();
  }

  @Test
  void of_coverageOffThePlan_waitsForPeople() {
    definition.coverage = 0.3;
    assertHolds("a coverage of 30.00 % is no step of the plan");
  }

  @Test
  void of_fewExposuresInAnArm_holds() {
    exposures = RampDecision.LEAST_EXPOSURES - 1;
    assertHolds("arm control has 99 exposures");
  }

  @Test
  void of_armThatIsWorse_holds() {
    verdict = Verdict.WORSE;
    assertHolds("arm bold is worse in conversion");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WORSE")
  void of_anyOtherVerdict_goesOn(Verdict other) {
    verdict = other;
    assertThat(decide(AN_HOUR_LATER)).contains(new RampDecision.Advance(0.5));
  }

  @Test
  void of_brokenGuardrail_holds() {
    guardrail = Guardrail.State.BROKEN;
    assertHolds("arm bold breaks the guardrail offramp.latency_ms");
  }

  @Test
  void of_unitsSplitOtherwise_holds() {
    ratio = new SampleRatio(List.of(10L, 90L), 0, 0.0001);
    assertHolds("units are not split");
  }

  @Test
  void of_alarmOfAnArmsTier_holds() {
    alarmed = "x3";
    assertHolds("audits refute the certificate of tier x3, which arm bold gets");
    alarmed = "x4";
    assertThat(decide(AN_HOUR_LATER)).contains(new RampDecision.Advance(0.5));
  }
}
