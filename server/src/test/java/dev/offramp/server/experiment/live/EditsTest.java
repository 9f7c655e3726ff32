package dev.offramp.server.experiment.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.state.Database;
import dev.offramp.server.experiment.state.Definitions;
import dev.offramp.server.experiment.state.Definitions.Edited;
import dev.offramp.server.experiment.state.LongReads;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.refusal.Refusal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EditsTest {

  private static final Change CHANGE = new Change(0, "ann", "now");

  @TempDir private Path directory;

  @Test
  void kill_whileManyReadAllUnits_goesThrough() {
    try (var database = new Database(StateSettings.of(directory, Optional.empty()))) {
      var definitions = new Definitions(database);
      var draft = ExperimentStatus.draft(new Definition("e").make(), Instant.EPOCH);
      var _ = definitions.change(CHANGE, (_, _) -> Optional.of(new Edited("create", draft)));
      var edits =
          new Edits(
              definitions,
              () -> {
                throw new AssertionError("asks for what is served");
              },
              () -> {});
      try (var _ = new LongReads(database, 8)) {
        assertThat(edits.kill("e", CHANGE).state()).isEqualTo(ExperimentState.STOPPED);
        assertThatThrownBy(() -> Totals.read(database, "e", UnitKind.UNIT, Duration.ofMillis(1)))
            .isInstanceOf(Refusal.class)
            .hasMessage(
                "counts: not their turn to be read within 1ms (expected: less to read, which is done"
                    + " 2 at a time; try again later)");
      }
      assertThat(Totals.read(database, "e", UnitKind.UNIT, Duration.ofMinutes(1)).arms()).isEmpty();
    }
  }
}
