package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.state.CountBatch.Count;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Since when experiments are at their coverage, by one clock: the database's. */
public final class Steps {

  /** Changes beyond are not looked at; an experiment has a few. */
  private static final int MOST_CHANGES = 1_000;

  /**
   * What is known of one experiment's coverage.
   *
   * @param now the time, by the clock that the log's times are of
   * @param log its changes, the newest first
   * @param before by arm, exposures that were counted before it came to this coverage
   */
  public record Step(Instant now, List<AuditEntry> log, Map<String, Long> before) {
    /** Copies. */
    public Step {
      log = List.copyOf(log);
      before = Map.copyOf(before);
    }
  }

  /** Reads one; throws what {@link Database#transact} throws. */
  public static Step read(Database database, String experiment) {
    return database.snapshot(connection -> {
      var before = new HashMap<String, Long>();
      try (PreparedStatement select =
          connection.prepareStatement(
              "SELECT arm, exposures FROM step_start WHERE experiment = ?")) {
        select.setString(1, experiment);
        try (ResultSet rows = select.executeQuery()) {
          while (rows.next()) {
            before.put(rows.getString(1), rows.getLong(2));
          }
        }
      }
      return new Step(
          now(connection), Definitions.log(connection, experiment, MOST_CHANGES), before);
    });
  }

  /** The time at which the transaction began, as exactly as both databases keep it. */
  static Instant now(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("SELECT CURRENT_TIMESTAMP");
        ResultSet rows = select.executeQuery()) {
      rows.next();
      return rows.getObject(1, OffsetDateTime.class).toInstant().truncatedTo(ChronoUnit.MICROS);
    }
  }

  /** Takes note of what was counted until now, since the coverage is another one from now on. */
  static void begin(Connection connection, String experiment) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM step_start WHERE experiment = ?")) {
      delete.setString(1, experiment);
      delete.executeUpdate();
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO step_start (experiment, arm, exposures)"
                + " SELECT experiment, arm, SUM(n) FROM arm_count"
                + " WHERE experiment = ? AND kind = ? AND detail = '' GROUP BY experiment, arm")) {
      insert.setString(1, experiment);
      insert.setString(2, Count.EXPOSURE);
      insert.executeUpdate();
    }
  }

  private Steps() {}
}
