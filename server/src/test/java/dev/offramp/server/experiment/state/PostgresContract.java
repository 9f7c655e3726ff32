package dev.offramp.server.experiment.state;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What holds of the state in a PostgreSQL, whatever its address says beside where it is. */
@RequiresPostgres
abstract class PostgresContract extends StateContract {

  static PostgresServer postgres;

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

  /** The database's address. */
  String url() {
    return postgres.url();
  }

  @Override
  final StateSettings settings() {
    return StateSettings.of(directory, Optional.of(url()));
  }
}
