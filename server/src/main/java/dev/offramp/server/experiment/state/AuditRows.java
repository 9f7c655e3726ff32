package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.AuditedVersion;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.stats.ChangeGuard;
import dev.offramp.server.experiment.stats.ChangeGuard.Start;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What audits found of tiers, in SQL. */
final class AuditRows {

  private static final String OF_TIER = " model = ? AND version = ? AND tier = ?";

  /** A start is due once there are enough audits behind the last: that alone decides. */
  private static final String START =
      "INSERT INTO audit_start (model, version, tier, start_number, audits, disagreements)"
          + " SELECT t.model, t.version, t.tier, COALESCE(MAX(s.start_number), 0) + 1, t.audits,"
          + " t.disagreements FROM tier_audit t LEFT JOIN audit_start s ON s.model = t.model"
          + " AND s.version = t.version AND s.tier = t.tier"
          + " WHERE t.model = ? AND t.version = ? AND t.tier = ?"
          + " GROUP BY t.model, t.version, t.tier, t.audits, t.disagreements"
          + " HAVING t.audits >= COALESCE(MAX(s.audits), 0) + "
          + ChangeGuard.SPACING;

  private static final String FORGET =
      "DELETE FROM audit_start WHERE"
          + OF_TIER
          + " AND start_number <= (SELECT MAX(start_number) FROM audit_start WHERE"
          + OF_TIER
          + ") - "
          + ChangeGuard.MOST_STARTS;

  /** Adds what was found; tiers come sorted, for replicas lock their rows in that order. */
  static void add(Connection connection, Map<AuditedTier, TierAudits> audits) throws SQLException {
    for (AuditedTier tier : audits.keySet()) {
      run(
          connection,
          "INSERT INTO tier_audit (model, version, tier, audits, disagreements)"
              + " VALUES (?, ?, ?, 0, 0) ON CONFLICT DO NOTHING",
          tier);
    }
    for (var found : audits.entrySet()) {
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE tier_audit SET audits = audits + ?, disagreements = disagreements + ?,"
                  + " touched = CURRENT_TIMESTAMP WHERE"
                  + OF_TIER)) {
        update.setLong(1, found.getValue().audits());
        update.setLong(2, found.getValue().disagreements());
        set(update, 3, found.getKey());
        update.executeUpdate();
      }
      if (run(connection, START, found.getKey()) > 0) {
        run(connection, FORGET, found.getKey(), found.getKey());
      }
    }
  }

  private static int run(Connection connection, String sql, AuditedTier... tiers)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < tiers.length; i++) {
        set(statement, 1 + 3 * i, tiers[i]);
      }
      return statement.executeUpdate();
    }
  }

  private static void set(PreparedStatement statement, int first, AuditedTier tier)
      throws SQLException {
    statement.setString(first, tier.model());
    statement.setString(first + 1, tier.version());
    statement.setString(first + 2, tier.tier());
  }

  /**
   * All that was found of some versions; of a snapshot, for what was found is not less than what
   * starts begin with. Others' rows stay unread: there are more with every version that ever was.
   */
  static Map<AuditedTier, AuditHistory> of(
      Connection connection, Collection<AuditedVersion> versions) throws SQLException {
    var all = new HashMap<AuditedTier, AuditHistory>();
    for (AuditedVersion version : versions) {
      add(connection, version, all);
    }
    return Map.copyOf(all);
  }

  private static void add(
      Connection connection, AuditedVersion version, Map<AuditedTier, AuditHistory> all)
      throws SQLException {
    var starts = new HashMap<AuditedTier, List<Start>>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT model, version, tier, start_number, audits, disagreements FROM audit_start"
                + " WHERE model = ? AND version = ? ORDER BY start_number")) {
      set(select, version);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          starts
              .computeIfAbsent(tier(rows), _ -> new ArrayList<>())
              .add(new Start(rows.getLong(4), rows.getLong(5), rows.getLong(6)));
        }
      }
    }
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT model, version, tier, audits, disagreements FROM tier_audit"
                + " WHERE model = ? AND version = ?")) {
      set(select, version);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          all.put(
              tier(rows),
              new AuditHistory(
                  new TierAudits(rows.getLong(4), rows.getLong(5)),
                  starts.getOrDefault(tier(rows), List.of())));
        }
      }
    }
  }

  private static void set(PreparedStatement statement, AuditedVersion version) throws SQLException {
    statement.setString(1, version.model());
    statement.setString(2, version.version());
  }

  private static AuditedTier tier(ResultSet rows) throws SQLException {
    return new AuditedTier(rows.getString(1), rows.getString(2), rows.getString(3));
  }

  private AuditRows() {}
}
