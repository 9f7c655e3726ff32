package dev.offramp.server.experiment;

import java.time.Instant;

/**
 * What became of a unit, as its caller reported it.
 *
 * @param kind whether the subject is a unit or a request
 * @param subject the unit, or the request's id
 * @param name the metric
 * @param value finite, and so small that sums of squares stay finite; one whose square no database
 *     can hold, next to nothing, is 0
 * @param reportId tells several of one subject and name apart; empty where there is one
 */
public record Outcome(
    UnitKind kind, String subject, String name, double value, String reportId, Instant at) {
  private static final double MOST = 1e100;

  /** PostgreSQL refuses products that underflow, and with them all sums of an experiment. */
  private static final double LEAST = 1e-100;

  /** Checks. */
  public Outcome {
    Checks.text(kind == UnitKind.UNIT ? "unit" : "request_id", subject);
    Checks.text("name", name);
    if (name.startsWith(Metric.MEASURED)) {
      throw new IllegalArgumentException(
          "name: '%s' (expected: one that does not begin with %s, which the server measures)"
              .formatted(name, Metric.MEASURED));
    }
    if (!(Math.abs(value) <= MOST)) {
      throw new IllegalArgumentException(
          "value: %s (expected: finite, %s at most either way)".formatted(value, MOST));
    }
    value = Math.abs(value) < LEAST ? 0 : value;
    if (!reportId.isEmpty()) {
      Checks.text("report_id", reportId);
    }
  }
}
