package dev.offramp.server.experiment.state;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/*
 * A journal has a row a start of a server. It does not go with the journal's file: should that come back,
 * after a failure of its disk, what was counted of it would be counted again. The audits of a version stay
 * when it is served no more, for it may come back. Nothing says of either that it will not but time. A
 * process that lives touches its row every day, also if nothing happens.
 */

/**
 * Deletes rows that nobody has touched for long.
 *
 * <p>Threading: safe for all threads and replicas. Errors: throws what {@link Database#transact}
 * throws.
 */
public final class StaleRows {

  /** How long they stay. */
  public static final Duration KEEP = Duration.ofDays(365);

  private final Database database;

  /** Those in a database. */
  public StaleRows(Database database) {
    this.database = database;
  }

  /** Deletes them, and says how many rows they were. */
  public long delete() {
    return database.transact(connection -> {
      Instant now = Steps.now(connection);
      OffsetDateTime before = now.minus(KEEP).atOffset(ZoneOffset.UTC);
      return delete(connection, "DELETE FROM journal WHERE touched < ?", before)
          // Before those of their tiers, by which they are found.
          + delete(
              connection,
              "DELETE FROM audit_start WHERE EXISTS (SELECT 1 FROM tier_audit t WHERE"
                  + " t.model = audit_start.model AND t.version = audit_start.version"
                  + " AND t.tier = audit_start.tier AND t.touched < ?)",
              before)
          + delete(connection, "DELETE FROM tier_audit WHERE touched < ?", before);
    });
  }

  private static long delete(Connection connection, String sql, OffsetDateTime before)
      throws SQLException {
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setObject(1, before);
      return delete.executeUpdate();
    }
  }
}
