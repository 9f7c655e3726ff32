package dev.offramp.server.experiment.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.experiment.AuditedVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@RequiresPostgres
class PostgresStateTest extends StateContract {

  private static PostgresServer postgres;

  @TempDir private Path directory;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    postgres = PostgresServer.start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  @AfterEach
  void empty() throws SQLException {
    try (var connection = DriverManager.getConnection(postgres.url());
        var statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA public CASCADE");
      statement.execute("CREATE SCHEMA public");
    }
  }

  @Override
  StateSettings settings() {
    return StateSettings.of(directory, Optional.of(postgres.url()));
  }

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
