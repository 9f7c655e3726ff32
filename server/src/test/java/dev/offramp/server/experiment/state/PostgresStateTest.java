package dev.offramp.server.experiment.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
