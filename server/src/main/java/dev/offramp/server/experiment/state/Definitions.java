package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.wire.ExperimentMessages;
import dev.offramp.server.wire.StatusMessages;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The definitions of all experiments, and the log of their changes.
 *
 * <p>Threading: safe for all threads and replicas; changes go one after another. Errors: all
 * methods throw what {@link Database#transact} throws.
 */
public final class Definitions {

  private static final String COLUMNS =
      "state, version, promoted_arm, definition, created, changed, arms";

  /** What a change makes of things as they stand. */
  public interface Edit {
    /**
     * Decides on the change.
     *
     * @param all every experiment, by name
     * @param now the time by the database's clock, which is the same for all replicas
     * @return the experiment from then on; empty to leave all as it is
     */
    Optional<Edited> of(List<ExperimentStatus> all, Instant now);
  }

  /**
   * A change that is made.
   *
   * @param action what the log calls it
   */
  public record Edited(String action, ExperimentStatus after) {}

  private final Database database;

  /** Those in a database. */
  public Definitions(Database database) {
    this.database = database;
  }

  /** Rises with every change of any of them. */
  public long revision() {
    return database.transact(Definitions::revision);
  }

  private static long revision(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT revision FROM state_revision WHERE id = 1");
        ResultSet rows = select.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** All of them, by name. */
  public List<ExperimentStatus> all() {
    return database.transact(Definitions::all);
  }

  private static List<ExperimentStatus> all(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT " + COLUMNS + " FROM experiment ORDER BY name");
        ResultSet rows = select.executeQuery()) {
      var all = new ArrayList<ExperimentStatus>();
      while (rows.next()) {
        all.add(status(rows));
      }
      return all;
    }
  }

  private static ExperimentStatus status(ResultSet row) throws SQLException {
    return new ExperimentStatus(
        ExperimentMessages.ofJson(row.getString("definition")),
        ExperimentState.valueOf(row.getString("state")),
        row.getLong("version"),
        row.getString("promoted_arm"),
        StatusMessages.armsOfJson(row.getString("arms")),
        instant(row, "created"),
        instant(row, "changed"));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /**
   * Changes one experiment and writes that down, or does neither. No other change happens in
   * between; what {@code edit} throws leaves everything as it is.
   *
   * @return what was done; empty if the edit had nothing to do
   */
  public Optional<Edited> change(Change change, Edit edit) {
    return database.transact(connection -> {
      long revision = lock(connection);
      List<ExperimentStatus> all = all(connection);
      Optional<Edited> edited = edit.of(all, Steps.now(connection));
      if (edited.isEmpty()) {
        connection.rollback();
        return edited;
      }
      write(connection, edited.get().after());
      log(connection, revision, change, edited.get());
      if (isAnotherCoverage(all, edited.get().after())) {
        Steps.begin(connection, edited.get().after().name());
      }
      return edited;
    });
  }

  private static boolean isAnotherCoverage(List<ExperimentStatus> all, ExperimentStatus after) {
    return all.stream()
        .filter(before -> before.name().equals(after.name()))
        .noneMatch(before -> before.experiment().coverage() == after.experiment().coverage());
  }

  private static long lock(Connection connection) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE state_revision SET revision = revision + 1 WHERE id = 1")) {
      update.executeUpdate();
    }
    return revision(connection);
  }

  private static void write(Connection connection, ExperimentStatus after) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE experiment SET state = ?, version = ?, promoted_arm = ?, definition = ?,"
                + " created = ?, changed = ?, arms = ? WHERE name = ?")) {
      set(update, 1, after);
      update.setString(8, after.name());
      if (update.executeUpdate() == 1) {
        return;
      }
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO experiment (" + COLUMNS + ", name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
      set(insert, 1, after);
      insert.setString(8, after.name());
      insert.executeUpdate();
    }
  }

  private static void log(Connection connection, long revision, Change change, Edited edited)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO experiment_change ("
                + COLUMNS
                + ", revision, name, action, who, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      set(insert, 1, edited.after());
      insert.setLong(8, revision);
      insert.setString(9, edited.after().name());
      insert.setString(10, edited.action());
      insert.setString(11, change.who());
      insert.setString(12, change.why());
      insert.executeUpdate();
    }
  }

  private static void set(PreparedStatement statement, int first, ExperimentStatus status)
      throws SQLException {
    statement.setString(first, status.state().name());
    statement.setLong(first + 1, status.version());
    statement.setString(first + 2, status.promotedArm());
    statement.setString(first + 3, ExperimentMessages.toJson(status.experiment()));
    statement.setObject(first + 4, status.created().atOffset(ZoneOffset.UTC));
    statement.setObject(first + 5, status.changed().atOffset(ZoneOffset.UTC));
    statement.setString(first + 6, StatusMessages.toJson(status.arms()));
  }

  /**
   * The last changes, the newest first.
   *
   * @param name of one experiment; empty for all
   */
  public List<AuditEntry> log(String name, int limit) {
    return database.transact(connection -> log(connection, name, limit));
  }

  /** The same within a transaction. */
  static List<AuditEntry> log(Connection connection, String name, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + ", revision, action, who, why FROM experiment_change"
                + " WHERE ? IN (name, '') ORDER BY revision DESC LIMIT ?")) {
      select.setString(1, name);
      select.setInt(2, limit);
      try (ResultSet rows = select.executeQuery()) {
        var entries = new ArrayList<AuditEntry>();
        while (rows.next()) {
          entries.add(
              new AuditEntry(
                  rows.getLong("revision"),
                  rows.getString("action"),
                  rows.getString("who"),
                  rows.getString("why"),
                  status(rows)));
        }
        return entries;
      }
    }
  }
}
