package dev.offramp.server.experiment.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.experiment.AuditedVersion;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PostgresStateTest extends PostgresContract {

  @Test
  @Timeout(60)
  void snapshot_databaseThatDoesNotAnswer_saysAway_longBeforeAReadOfAllUnitsWould()
      throws SQLException {
    assertThat(definitions.revision()).isZero();
    try (var connection = DriverManager.getConnection(postgres.url());
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE audit_start, step_start IN ACCESS EXCLUSIVE MODE");
      assertThatThrownBy(() -> counts.audits(List.of(new AuditedVersion("sst2", "1"))))
          .isInstanceOf(StateAwayException.class);
      assertThatThrownBy(() -> Steps.read(database, "e")).isInstanceOf(StateAwayException.class);
    }
    assertThat(counts.audits(List.of(new AuditedVersion("sst2", "1")))).isEmpty();
  }

  @Test
  void transact_whileTheDatabaseIsDown_saysAway_andWorksAgainOnceItIsBack() throws Exception {
    try (var database = new Database(settings())) {
      var definitions = new Definitions(database);
      assertThat(definitions.revision()).isZero();
      postgres.stop();
      try {
        assertThatThrownBy(definitions::revision)
            .isInstanceOf(StateAwayException.class)
            .hasMessageContaining("the database is away");
      } finally {
        postgres.restart();
      }
      assertThat(definitions.revision()).isZero();
    }
  }
}
