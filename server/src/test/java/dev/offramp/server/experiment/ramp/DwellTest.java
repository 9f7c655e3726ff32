package dev.offramp.server.experiment.ramp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.state.Steps.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DwellTest {

  private static final Instant BEGIN = Instant.parse("2026-11-01T12:00:00Z");

  private final List<AuditEntry> log = new ArrayList<>();

  private void at(long minute, ExperimentState state, double coverage) {
    var definition = new Definition("e");
    definition.coverage = coverage;
    log.addFirst(
        new AuditEntry(
            log.size(),
            "change",
            "ann",
            "test",
            new ExperimentStatus(
                definition.make(),
                state,
                log.size() + 1,
                "",
                ArmStates.NONE,
                BEGIN,
                BEGIN.plus(Duration.ofMinutes(minute)))));
  }

  private Duration dwelled(long minute) {
    return Dwell.of(new Step(BEGIN.plus(Duration.ofMinutes(minute)), log, Map.of()));
  }

  @Test
  void of_running_isTheTimeSinceItsStart() {
    assertThat(dwelled(5)).isZero();
    at(0, ExperimentState.DRAFT, 0.1);
    assertThat(dwelled(10)).as("a draft").isZero();
    at(10, ExperimentState.RUNNING, 0.1);
    assertThat(dwelled(10)).isZero();
    assertThat(dwelled(25)).isEqualTo(Duration.ofMinutes(15));
    at(30, ExperimentState.RUNNING, 0.1); // Something else was changed.
    assertThat(dwelled(40)).isEqualTo(Duration.ofMinutes(30));
  }

  @Test
  void of_paused_doesNotGrow() {
    at(0, ExperimentState.RUNNING, 0.1);
    at(10, ExperimentState.PAUSED, 0.1);
    assertThat(dwelled(60)).isEqualTo(Duration.ofMinutes(10));
    at(100, ExperimentState.RUNNING, 0.1);
    assertThat(dwelled(105)).isEqualTo(Duration.ofMinutes(15));
    at(110, ExperimentState.PAUSED, 0.5); // Another step, at rest.
    assertThat(dwelled(200)).isZero();
    at(200, ExperimentState.RUNNING, 0.5);
    assertThat(dwelled(201)).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void of_coverageThatCameBack_beginsAnew() {
    at(0, ExperimentState.RUNNING, 0.1);
    at(50, ExperimentState.RUNNING, 0.5);
    at(60, ExperimentState.RUNNING, 0.1);
    assertThat(dwelled(63)).isEqualTo(Duration.ofMinutes(3));
  }

  @Test
  void of_clockThatWasSetBack_isNeverNegative() {
    at(0, ExperimentState.RUNNING, 0.1);
    at(50, ExperimentState.RUNNING, 0.5);
    assertThat(dwelled(40)).isZero();
  }
}
