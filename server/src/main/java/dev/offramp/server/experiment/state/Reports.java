package dev.offramp.server.experiment.state;

import dev.offramp.server.experiment.UnitKind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/*
 * Outcomes are joined to exposed units when they are read, so that it does not matter in which order
 * both arrive. It does matter when they happened: an exposure causes nothing that was before it. What
 * happened before is what is known of the unit whatever its arm, and takes its part of the variance out
 * (CUPED). It is looked for in the thirty days before the experiment was made, and from then to the unit's
 * exposure: a time that is the same for both arms, and as long as outcomes are kept for it.
 *
 * The times of an outcome are a caller's, those of an exposure a server's: clocks may be five minutes
 * apart, so that far an outcome may lie before the exposure and still be after it.
 *
 * What happens once an experiment has ended is no outcome of it: nobody gets its arms any more, or all get
 * the one that was promoted. What happened until then counts, however late it arrives. A pause is no end.
 *
 * An outcome of a request counts whenever it happened: the row that says that the request was exposed is
 * made of the first outcome that arrives.
 */

/**
 * What was reported of an experiment's units, as SQL.
 *
 * <p>Threading: static.
 */
final class Reports {

  private static final String AFTER =
      "o.happened >= e.first_seen - INTERVAL '" + Totals.CLOCK_SKEW.toMinutes() + "' MINUTE";

  /** From the pre-period to the experiment's end. */
  private static final String WITHIN =
      " AND o.happened >= COALESCE(c.created, e.first_seen) - INTERVAL '"
          + Totals.PRE_PERIOD.toDays()
          + "' DAY AND o.happened <= COALESCE((SELECT MIN(h.changed) FROM experiment_change h"
          + " WHERE h.name = e.experiment AND h.state IN ('STOPPED', 'PROMOTED')), o.happened)";

  /**
   * Selects by arm and metric: units, and sums of y, of its squares, of x, of its squares, and of x
   * y, where y adds up what a unit did once exposed, and x what it did before.
   */
  static PreparedStatement select(Connection connection, String experiment, UnitKind unit)
      throws SQLException {
    boolean ofUnits = unit == UnitKind.UNIT;
    String after = ofUnits ? AFTER : "TRUE";
    PreparedStatement select =
        connection.prepareStatement(
            "SELECT arm, metric, COUNT(*), SUM(y), SUM(y * y), SUM(x), SUM(x * x), SUM(x * y) FROM ("
                + "SELECT e.arm, o.metric, o.subject,"
                + (" SUM(CASE WHEN " + after + " THEN o.amount ELSE 0 END) AS y,")
                + (" SUM(CASE WHEN " + after + " THEN 1 ELSE 0 END) AS reports,")
                + (" SUM(CASE WHEN " + after + " THEN 0 ELSE o.amount END) AS x")
                + " FROM exposed_unit e"
                + " JOIN outcome o ON o.subject = e.unit AND o.kind = ?"
                + " LEFT JOIN experiment c ON c.name = e.experiment"
                + (" WHERE e.experiment = ?" + (ofUnits ? WITHIN : ""))
                + " GROUP BY e.arm, o.metric, o.subject) AS units"
                + " WHERE reports > 0 GROUP BY arm, metric");
    select.setString(1, unit.name());
    select.setString(2, experiment);
    return select;
  }

  private Reports() {}
}
