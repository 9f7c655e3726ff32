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

  /** How many rows a table has. */
  public static long rows(Database database, String table) {
    return database.transact(connection -> {
      try (var statement = connection.createStatement();
          var row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
        row.next();
        return row.getLong(1);
      }
    });
  }
}
