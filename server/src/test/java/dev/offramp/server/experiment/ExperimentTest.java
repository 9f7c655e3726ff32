package dev.offramp.server.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.server.experiment.Metric.Better;
import dev.offramp.server.wire.ExperimentMessages;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExperimentTest {

  private static final Arm FULL = new Arm("control", 0.5, new Treatment.ByTier("full"));

  @Test
  void new_weightsThatDoNotSum_areRefusedWithTheirSum() {
    var definition =
        new Definition("e").arms(FULL, new Arm("bold", 0.4, new Treatment.ByTier("x3")));
    assertThatThrownBy(definition::make)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("weights")
        .hasMessageContaining("together 0.9");
  }

  @Test
  void new_badFields_areRefusedByName() {
    assertThatThrownBy(() -> new Definition("Not a name").make())
        .hasMessageContaining("name: 'Not a name'");
    assertThatThrownBy(() -> new Definition("e").arms(FULL).make()).hasMessageContaining("arms: 1");
    assertThatThrownBy(() -> new Definition("e").arms(FULL, FULL).make())
        .hasMessageContaining("arms: [control, control]");
    var coverage = new Definition("e");
    coverage.coverage = 1.1;
    assertThatThrownBy(coverage::make).hasMessageContaining("coverage: 1.1");
    var override = new Definition("e");
    override.overrides.put("tester", "bald");
    assertThatThrownBy(override::make).hasMessageContaining("overrides: tester: 'bald'");
    assertThatThrownBy(() -> new Definition("e").within("e", 0, 0.5).make())
        .hasMessageContaining("namespace: e");
    assertThatThrownBy(() -> new Metric("offramp.x", Better.LOWER, Optional.empty(), 0))
        .hasMessageContaining("offramp.latency_ms");
    var bounds = Optional.of(new Metric.Bounds(0, 100));
    assertThatThrownBy(() -> new Metric(Metric.LATENCY_P99, Better.LOWER, bounds, 0))
        .hasMessageContaining("min, max: 0.0, 100.0")
        .hasMessageContaining("expected: none for offramp.latency_p99_ms");
    assertThatThrownBy(() -> new Metric(Metric.DISAGREEMENT, Better.LOWER, bounds, 0))
        .hasMessageContaining("expected: none for offramp.disagreement");
    assertThatThrownBy(() -> new Metric.Bounds(1, 0)).hasMessageContaining("min, max: 1.0, 0.0");
    assertThatThrownBy(() -> new RampPlan(List.of(0.5, 0.25), Duration.ofHours(1)))
        .hasMessageContaining("steps: [0.5, 0.25]");
    assertThatThrownBy(() -> new Condition("country", Set.of(), false))
        .hasMessageContaining("values of country");
  }

  @Test
  void outcome_notFinite_isRefused() {
    assertThatThrownBy(() -> new Outcome(UnitKind.UNIT, "u", "m", Double.NaN, "", Instant.EPOCH))
        .hasMessageContaining("value: NaN");
  }

  @Test
  void requireChangeable_onceBegun_refusesWhatMovesUnits() {
    Experiment begun = new Definition("e").make();
    var other = new Definition("e").arms(FULL, new Arm("bold", 0.5, new Treatment.ByTier("x2")));
    assertThatThrownBy(() -> begun.requireChangeable(other.make()))
        .hasMessageStartingWith("arms: ");
    var wider = new Definition("e");
    wider.coverage = 0.2;
    wider.overrides.put("tester", "bold");
    begun.requireChangeable(wider.make());
  }

  @Test
  void overlaps_onlyApartWithinOneNamespace() {
    Experiment low = new Definition("a").within("n", 0, 0.5).make();
    assertThat(low.overlaps(new Definition("b").within("n", 0.5, 1).make())).isFalse();
    assertThat(low.overlaps(new Definition("b").within("n", 0.4, 1).make())).isTrue();
    assertThat(low.overlaps(new Definition("b").within("m", 0.5, 1).make())).isTrue();
    assertThat(low.overlaps(new Definition("b").make())).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void leadsTo_stoppedIsTheEnd(ExperimentState to) {
    assertThat(ExperimentState.STOPPED.leadsTo(to)).isFalse();
    assertThat(to.leadsTo(ExperimentState.DRAFT)).isFalse();
    assertThat(to.leadsTo(to)).isFalse();
  }

  @Test
  void messages_thereAndBack_areTheSame() {
    var definition =
        new Definition("e")
            .within("n", 0.25, 0.75)
            .arms(
                FULL,
                new Arm("rule", 0.3, new Treatment.ByRule(new ExitRule.Patience(2))),
                new Arm("next", 0.2, new Treatment.ByVersion("@candidate")));
    definition.targeting.add(new Condition("country", Set.of("at", "de"), true));
    definition.overrides.put("tester", "next");
    definition.coverage = 0.1;
    definition.unit = UnitKind.REQUEST;
    Experiment experiment = definition.make();
    assertThat(ExperimentMessages.ofJson(ExperimentMessages.toJson(experiment)))
        .isEqualTo(experiment);
  }
}
