package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.state.CountBatch.Bucket;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.stats.ArmSums;
import dev.offramp.server.refusal.Refusal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * What an experiment's counts say.
 *
 * @param arms by name; those in which nothing happened are missing
 * @param crossed units that met more than one arm
 */
public record Totals(Map<String, ArmTotals> arms, long crossed) {

  /** How far before its exposure, by another clock, an outcome may be said to lie. */
  public static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

  /** How long before an experiment was made outcomes tell what is known of its units. */
  public static final Duration PRE_PERIOD = Duration.ofDays(30);

  private static final String COUNTS =
      "SELECT arm, kind, SUM(n) FROM arm_count WHERE experiment = ? AND detail = ''"
          + " GROUP BY arm, kind";
  private static final String BUCKETS =
      "SELECT arm, measure, bucket, n FROM arm_bucket WHERE experiment = ?";
  private static final String SUMS =
      "SELECT arm, metric, n, total, total_of_squares,"
          + " before_total, before_total_of_squares, before_product"
          + " FROM arm_metric WHERE experiment = ?";
  private static final String UNITS =
      "SELECT arm, COUNT(*) FROM exposed_unit WHERE experiment = ? GROUP BY arm";
  private static final String CROSSED =
      "SELECT COUNT(*) FROM (SELECT unit FROM exposed_unit WHERE experiment = ?"
          + " GROUP BY unit HAVING COUNT(*) > 1) AS crossed";
  private static final String CLOSED = "SELECT crossed FROM closed_books WHERE experiment = ?";

  /** Of one arm, whether anything happened in it or not. */
  public ArmTotals arm(String name) {
    return arms.getOrDefault(name, ArmTotals.none());
  }

  /**
   * Reads them within a time; throws what {@link Database#transact} throws, and {@link Refusal} if
   * others' are being read all that time.
   */
  public static Totals read(
      Database database, String experiment, UnitKind unit, Duration turnWithin) {
    return database.snapshotLong(connection -> read(connection, experiment, unit), turnWithin);
  }

  /** The same, whenever it is their turn. */
  public static Totals read(Database database, String experiment, UnitKind unit) {
    return database.snapshotLong(connection -> read(connection, experiment, unit));
  }

  /** The same within a transaction. */
  static Totals read(Connection connection, String experiment, UnitKind unit) throws SQLException {
    var arms = new HashMap<String, ArmTotals>();
    each(
        connection,
        COUNTS,
        experiment,
        row -> of(arms, row).counts().put(row.getString(2), row.getLong(3)));
    each(
        connection,
        BUCKETS,
        experiment,
        row -> histogram(of(arms, row), row.getString(2)).put(row.getLong(3), row.getLong(4)));
    each(connection, SUMS, experiment, row -> sums(of(arms, row), row));
    OptionalLong closed = number(connection, CLOSED, experiment);
    if (closed.isEmpty()) {
      try (PreparedStatement select = Reports.select(connection, experiment, unit)) {
        each(select, row -> sums(of(arms, row), row));
      }
    }
    if (unit == UnitKind.REQUEST) {
      // Ids made here are exposed once, and have a row only if outcomes were reported; ids that
      // callers gave may come again.
      arms.replaceAll(
          (_, arm) -> arm.withUnits(arm.count(Count.EXPOSURE) - arm.count(Count.REPEAT)));
      return new Totals(Map.copyOf(arms), 0);
    }
    if (closed.isPresent()) {
      arms.replaceAll((_, arm) -> arm.withUnits(arm.count(Count.UNIT)));
      return new Totals(Map.copyOf(arms), closed.getAsLong());
    }
    each(
        connection,
        UNITS,
        experiment,
        row -> arms.put(row.getString(1), of(arms, row).withUnits(row.getLong(2))));
    return new Totals(Map.copyOf(arms), number(connection, CROSSED, experiment).orElse(0));
  }

  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private static void each(Connection connection, String sql, String experiment, RowReader reader)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, experiment);
      each(select, reader);
    }
  }

  private static void each(PreparedStatement select, RowReader reader) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        reader.read(rows);
      }
    }
  }

  /** The number in the first row; empty without rows. */
  private static OptionalLong number(Connection connection, String sql, String experiment)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, experiment);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() ? OptionalLong.of(rows.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  private static ArmTotals of(Map<String, ArmTotals> arms, ResultSet row) throws SQLException {
    return arms.computeIfAbsent(row.getString(1), _ -> ArmTotals.none());
  }

  private static SortedMap<Long, Long> histogram(ArmTotals arm, String measure) {
    return measure.equals(Bucket.EXIT_DEPTH) ? arm.depths() : arm.latencies();
  }

  private static void sums(ArmTotals arm, ResultSet row) throws SQLException {
    arm.metrics()
        .put(
            row.getString(2),
            new ArmSums(
                row.getLong(3),
                row.getDouble(4),
                row.getDouble(5),
                row.getDouble(6),
                row.getDouble(7),
                row.getDouble(8)));
  }
}
