package dev.offramp.server.experiment.state;

/** What an administrator does to a database behind the server's back. */
public final class DatabaseStatements {
  private DatabaseStatements() {}

  /** Runs statements in one transaction. */
  public static void run(Database database, String... statements) {
    database.transact(connection -> {
      try (var statement = connection.createStatement()) {
        for (String sql : statements) {
          statement.executeUpdate(sql);
        }
      }
      return true;
    });
  }
}
