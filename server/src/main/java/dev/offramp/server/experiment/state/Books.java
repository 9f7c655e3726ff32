package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.stats.ArmSums;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * Counts are as large as there are experiments, but units and outcomes are rows each. An experiment that
 * ended has its last outcomes some time later; then its books are closed: what its rows say is written
 * down as sums, and the rows go. Which says the same from then on, but hears nothing more.
 *
 * An outcome goes once no experiment can need it: those that have begun and whose books are open need what
 * happened since the pre-period before they were made, and one that begins today needs as much. A draft holds
 * nothing back, however old it is.
 *
 * Rows are deleted some thousands at a time, so that nobody who counts has to wait for long. A database
 * that goes away in between has closed books and rows that nobody reads; the next sweep goes on.
 */

/**
 * Closes the books of experiments that ended long ago, and forgets what no experiment needs.
 *
 * <p>Threading: safe for all threads and replicas: one of them closes, the others find it done.
 * Errors: all methods throw what {@link Database#transact} throws.
 */
public final class Books {

  private static final Logger log = LogManager.getLogger(Books.class);

  /** Rows that one transaction deletes. */
  private static final int AT_ONCE = 10_000;

  private static final Rows UNITS_OF_CLOSED =
      new Rows(
          "SELECT e.experiment, e.unit, e.arm FROM closed_books b"
              + " JOIN exposed_unit e ON e.experiment = b.experiment LIMIT ?",
          "DELETE FROM exposed_unit WHERE experiment = ? AND unit = ? AND arm = ?",
          3);

  /** Of those before a time. */
  private static final Rows OUTCOMES =
      new Rows(
          "SELECT kind, subject, metric, report_id FROM outcome WHERE happened < ? LIMIT ?",
          "DELETE FROM outcome WHERE kind = ? AND subject = ? AND metric = ? AND report_id = ?",
          4);

  /**
   * Rows to be deleted.
   *
   * @param select their keys, so many at most
   * @param delete the one of a key
   * @param key its columns, texts all
   */
  private record Rows(String select, String delete, int key) {}

  /**
   * What a sweep did.
   *
   * @param closed experiments whose books it closed
   * @param units rows of units that it deleted
   * @param outcomes rows of outcomes that it deleted
   * @param failed experiments whose books it could not close
   */
  public record Swept(int closed, long units, long outcomes, int failed) {}

  private final Database database;

  /** Those in a database. */
  public Books(Database database) {
    this.database = database;
  }

  /**
   * Closes what is to be closed, and deletes what is not needed.
   *
   * @param keep how long after an experiment's end its outcomes are still counted; what belongs to
   *     no experiment is kept as long
   * @param stop asked between transactions: what is left is for the next sweep
   */
  public Swept sweep(Duration keep, BooleanSupplier stop) {
    Instant now = database.transact(Steps::now);
    Instant oldest = now;
    int closed = 0;
    int failed = 0;
    for (ExperimentStatus status : new Definitions(database).all()) {
      if (isOver(status, now.minus(keep))) {
        try {
          closed += !stop.getAsBoolean() && close(status) ? 1 : 0;
        } catch (StateAwayException e) {
          throw e;
        } catch (RuntimeException e) {
          log.error("{} cannot be closed, and is tried again", status.name(), e);
          failed++; // One that cannot be closed leaves the others to be.
        }
      } else if (status.state() != ExperimentState.DRAFT && status.created().isBefore(oldest)) {
        oldest = status.created();
      }
    }
    Duration needed = keep.compareTo(Totals.PRE_PERIOD) > 0 ? keep : Totals.PRE_PERIOD;
    Instant before = oldest.minus(needed);
    long units = deleteAll(UNITS_OF_CLOSED, stop);
    long outcomes = deleteAll(OUTCOMES, stop, before.atOffset(ZoneOffset.UTC));
    return new Swept(closed, units, outcomes, failed);
  }

  private static boolean isOver(ExperimentStatus status, Instant before) {
    return status.state().isOver() && status.changed().isBefore(before);
  }

  /** Writes down what an experiment's units and outcomes say; false if that was done. */
  private boolean close(ExperimentStatus status) {
    String experiment = status.name();
    return database.transactLong(connection -> {
      Totals totals = Totals.read(connection, experiment, status.experiment().unit());
      if (!begin(connection, experiment, totals.crossed())) {
        return false;
      }
      for (Map.Entry<String, ArmTotals> arm : totals.arms().entrySet()) {
        writeUnits(connection, experiment, arm.getKey(), arm.getValue().units());
        for (Map.Entry<String, ArmSums> metric : arm.getValue().metrics().entrySet()) {
          writeSums(connection, experiment, arm.getKey(), metric.getKey(), metric.getValue());
        }
      }
      return true;
    });
  }

  private static boolean begin(Connection connection, String experiment, long crossed)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO closed_books (experiment, crossed, closed)"
                + " VALUES (?, ?, CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING")) {
      insert.setString(1, experiment);
      insert.setLong(2, crossed);
      return insert.executeUpdate() == 1;
    }
  }

  private static void writeUnits(Connection connection, String experiment, String arm, long units)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO arm_count (experiment, arm, kind, detail, n) VALUES (?, ?, ?, '', ?)")) {
      insert.setString(1, experiment);
      insert.setString(2, arm);
      insert.setString(3, Count.UNIT);
      insert.setLong(4, units);
      insert.executeUpdate();
    }
  }

  /** Does nothing to those that the server measures: they are there. */
  private static void writeSums(
      Connection connection, String experiment, String arm, String metric, ArmSums sums)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO arm_metric (experiment, arm, metric, n, total, total_of_squares,"
                + " before_total, before_total_of_squares, before_product)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
      insert.setString(1, experiment);
      insert.setString(2, arm);
      insert.setString(3, metric);
      insert.setLong(4, sums.n());
      insert.setDouble(5, sums.y());
      insert.setDouble(6, sums.yy());
      insert.setDouble(7, sums.x());
      insert.setDouble(8, sums.xx());
      insert.setDouble(9, sums.xy());
      insert.executeUpdate();
    }
  }

  /** Deletes all, in some transactions. */
  private long deleteAll(Rows rows, BooleanSupplier stop, Object... conditions) {
    long all = 0;
    int deleted = AT_ONCE;
    while (deleted == AT_ONCE && !stop.getAsBoolean()) {
      deleted = database.transactLong(connection -> delete(connection, rows, conditions));
      all += deleted;
    }
    return all;
  }

  /* One by one by their keys: deleting what a subquery finds, H2 asks it again for every row. */
  private static int delete(Connection connection, Rows rows, Object... conditions)
      throws SQLException {
    int found = 0;
    try (PreparedStatement select = connection.prepareStatement(rows.select());
        PreparedStatement delete = connection.prepareStatement(rows.delete())) {
      for (int i = 0; i < conditions.length; i++) {
        select.setObject(i + 1, conditions[i]);
      }
      select.setInt(conditions.length + 1, AT_ONCE);
      try (ResultSet keys = select.executeQuery()) {
        while (keys.next()) {
          for (int column = 1; column <= rows.key(); column++) {
            delete.setString(column, keys.getString(column));
          }
          delete.addBatch();
          found++;
        }
      }
      if (found > 0) {
        delete.executeBatch();
      }
    }
    return found;
  }
}
