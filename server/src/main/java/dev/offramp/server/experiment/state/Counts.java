package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.AuditedVersion;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.state.CountBatch.Bucket;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.CountBatch.ExposedUnit;
import dev.offramp.server.experiment.state.CountBatch.Measure;
import dev.offramp.server.experiment.state.CountBatch.Sums;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/*
 * Counting once. A journal is counted in stretches, and its row says how far. The same transaction
 * moves that on and adds what lies in between, if the row is where the stretch begins: a stretch that
 * was counted before, by a delivery whose answer got lost, finds the row moved on, and adds nothing.
 *
 * Adding to a row that may not be there, in one way for both databases: add; where nothing was there to
 * add to, insert zeros, unless another replica just did, and add again. A histogram has hundreds of rows,
 * and nearly always all are there. Where replicas make new rows in another order than they add to old ones,
 * PostgreSQL ends one of two transactions that wait for each other, and it is tried again.
 */

/**
 * The counts of all experiments, as replicas deliver them.
 *
 * <p>Threading: safe for all threads and replicas. Errors: all methods throw what {@link
 * Database#transact} throws.
 */
public final class Counts {

  private final Database database;

  /** Those in a database. */
  public Counts(Database database) {
    this.database = database;
  }

  /** How far a journal has been counted; 0 for one that is not known. */
  public long delivered(String journal) {
    return database.transact(connection -> delivered(connection, journal));
  }

  private static long delivered(Connection connection, String journal) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT delivered FROM journal WHERE id = ?")) {
      select.setString(1, journal);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }

  /**
   * Counts what happened in a stretch of a journal, once, however often it is delivered.
   *
   * @return how far the journal has been counted: {@code to}, or elsewhere if it was not counted up
   *     to {@code from}, and then nothing was added
   */
  public long deliver(String journal, long from, long to, CountBatch batch) {
    return database.transact(connection -> {
      if (!advance(connection, journal, from, to)) {
        return delivered(connection, journal);
      }
      var counts = new TreeMap<>(batch.counts());
      for (ExposedUnit unit : addUnits(connection, batch.units())) {
        if (!unit.isSaidById()) {
          counts.merge(new Count(unit.experiment(), unit.arm(), Count.REPEAT, ""), 1L, Long::sum);
        }
      }
      addCounts(connection, counts);
      addBuckets(connection, batch.buckets());
      addSums(connection, batch.sums());
      addOutcomes(connection, batch.outcomes());
      AuditRows.add(connection, batch.audits());
      return to;
    });
  }

  private static boolean advance(Connection connection, String journal, long from, long to)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO journal (id, delivered) VALUES (?, 0) ON CONFLICT DO NOTHING")) {
      insert.setString(1, journal);
      insert.executeUpdate();
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE journal SET delivered = ?, touched = CURRENT_TIMESTAMP"
                + " WHERE id = ? AND delivered = ?")) {
      update.setLong(1, to);
      update.setString(2, journal);
      update.setLong(3, from);
      return update.executeUpdate() == 1;
    }
  }

  /** Says that a journal is still somebody's, though nothing is counted of it. */
  public void touch(String journal) {
    int _ =
        database.transact(connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE journal SET touched = CURRENT_TIMESTAMP WHERE id = ?")) {
            update.setString(1, journal);
            return update.executeUpdate();
          }
        });
  }

  /** Sets a row's parameters. */
  private interface Setter<R> {
    void set(PreparedStatement statement, R row) throws SQLException;
  }

  private static <R> int[] batch(
      Connection connection, String sql, Collection<R> rows, Setter<R> setter) throws SQLException {
    if (rows.isEmpty()) {
      return new int[0];
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (R row : rows) {
        setter.set(statement, row);
        statement.addBatch();
      }
      return statement.executeBatch();
    }
  }

  /** Adds to rows, and makes those that are not there. */
  private static <K, V> void add(
      Connection connection,
      String insert,
      Setter<K> keySetter,
      String update,
      Map<K, V> rows,
      Setter<Map.Entry<K, V>> setter)
      throws SQLException {
    int[] changed = batch(connection, update, rows.entrySet(), setter);
    Map<K, V> absent = untouched(rows, changed);
    batch(connection, insert, absent.keySet(), keySetter);
    batch(connection, update, absent.entrySet(), setter);
  }

  /** Those for which a batch's statement touched no row. */
  private static <K, V> Map<K, V> untouched(Map<K, V> rows, int[] touched) {
    var untouched = new LinkedHashMap<K, V>();
    int number = 0;
    for (Map.Entry<K, V> row : rows.entrySet()) {
      if (touched[number++] == 0) {
        untouched.put(row.getKey(), row.getValue());
      }
    }
    return untouched;
  }

  private static void addCounts(Connection connection, Map<Count, Long> counts)
      throws SQLException {
    add(
        connection,
        "INSERT INTO arm_count (experiment, arm, kind, detail, n) VALUES (?, ?, ?, ?, 0)"
            + " ON CONFLICT DO NOTHING",
        (insert, key) -> set(insert, 1, key),
        "UPDATE arm_count SET n = n + ?"
            + " WHERE experiment = ? AND arm = ? AND kind = ? AND detail = ?",
        counts,
        (update, row) -> {
          update.setLong(1, row.getValue());
          set(update, 2, row.getKey());
        });
  }

  private static void set(PreparedStatement statement, int first, Count key) throws SQLException {
    statement.setString(first, key.experiment());
    statement.setString(first + 1, key.arm());
    statement.setString(first + 2, key.kind());
    statement.setString(first + 3, key.detail());
  }

  private static void addBuckets(Connection connection, Map<Bucket, Long> buckets)
      throws SQLException {
    add(
        connection,
        "INSERT INTO arm_bucket (experiment, arm, measure, bucket, n) VALUES (?, ?, ?, ?, 0)"
            + " ON CONFLICT DO NOTHING",
        (insert, key) -> set(insert, 1, key),
        "UPDATE arm_bucket SET n = n + ?"
            + " WHERE experiment = ? AND arm = ? AND measure = ? AND bucket = ?",
        buckets,
        (update, row) -> {
          update.setLong(1, row.getValue());
          set(update, 2, row.getKey());
        });
  }

  private static void set(PreparedStatement statement, int first, Bucket key) throws SQLException {
    statement.setString(first, key.experiment());
    statement.setString(first + 1, key.arm());
    statement.setString(first + 2, key.measure());
    statement.setLong(first + 3, key.bucket());
  }

  private static void addSums(Connection connection, Map<Measure, Sums> sums) throws SQLException {
    add(
        connection,
        "INSERT INTO arm_metric (experiment, arm, metric, n, total, total_of_squares)"
            + " VALUES (?, ?, ?, 0, 0, 0) ON CONFLICT DO NOTHING",
        (insert, key) -> set(insert, 1, key),
        "UPDATE arm_metric SET n = n + ?, total = total + ?, total_of_squares = total_of_squares + ?"
            + " WHERE experiment = ? AND arm = ? AND metric = ?",
        sums,
        (update, row) -> {
          update.setLong(1, row.getValue().n());
          update.setDouble(2, row.getValue().total());
          update.setDouble(3, row.getValue().totalOfSquares());
          set(update, 4, row.getKey());
        });
  }

  private static void set(PreparedStatement statement, int first, Measure key) throws SQLException {
    statement.setString(first, key.experiment());
    statement.setString(first + 1, key.arm());
    statement.setString(first + 2, key.metric());
  }

  /**
   * Notes units, and of those that are known, which it gives back, whether they were exposed before
   * that.
   */
  private static Set<ExposedUnit> addUnits(Connection connection, Map<ExposedUnit, Instant> units)
      throws SQLException {
    int[] added =
        batch(
            connection,
            // No VALUES: of many of those the driver makes one where an address says
            // reWriteBatchedInserts, and does not say then which of them did anything.
            "INSERT INTO exposed_unit (experiment, unit, arm, first_seen) SELECT ?, ?, ?, ?"
                + " ON CONFLICT DO NOTHING",
            units.entrySet(),
            (insert, row) -> {
              set(insert, 1, row.getKey());
              insert.setObject(4, row.getValue().atOffset(ZoneOffset.UTC));
            });
    Map<ExposedUnit, Instant> known = untouched(units, added);
    batch(
        connection,
        "UPDATE exposed_unit SET first_seen = ?"
            + " WHERE experiment = ? AND unit = ? AND arm = ? AND first_seen > ?",
        known.entrySet(),
        (update, row) -> {
          update.setObject(1, row.getValue().atOffset(ZoneOffset.UTC));
          set(update, 2, row.getKey());
          update.setObject(5, row.getValue().atOffset(ZoneOffset.UTC));
        });
    return known.keySet();
  }

  private static void set(PreparedStatement statement, int first, ExposedUnit unit)
      throws SQLException {
    statement.setString(first, unit.experiment());
    statement.setString(first + 1, unit.unit());
    statement.setString(first + 2, unit.arm());
  }

  private static void addOutcomes(Connection connection, Collection<Outcome> outcomes)
      throws SQLException {
    batch(
        connection,
        "INSERT INTO outcome (kind, subject, metric, report_id, amount, happened)"
            + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        outcomes,
        (insert, outcome) -> {
          insert.setString(1, outcome.kind().name());
          insert.setString(2, outcome.subject());
          insert.setString(3, outcome.name());
          insert.setString(4, outcome.reportId());
          insert.setDouble(5, outcome.value());
          insert.setObject(6, outcome.at().atOffset(ZoneOffset.UTC));
        });
  }

  /** What audits of all replicas found of some versions. */
  public Map<AuditedTier, AuditHistory> audits(Collection<AuditedVersion> versions) {
    return database.snapshot(connection -> AuditRows.of(connection, versions));
  }
}
