package dev.offramp.client;

import java.time.Instant;
import java.util.Optional;

/**
 * What became of a unit or a request that took part in an experiment, such as a conversion.
 *
 * @param subject whose outcome it is
 * @param name the metric
 * @param value finite
 * @param reportId tells several of one subject and name apart, such as two purchases: their values
 *     add up, and a report that is repeated counts once; empty where there is only one
 * @param at when it happened; empty for now
 */
public record Outcome(
    Subject subject, String name, double value, String reportId, Optional<Instant> at) {

  /** Whose outcome it is. */
  public sealed interface Subject {
    /** What queries named as their unit. */
    record Unit(String unit) implements Subject {}

    /** One request, by the id that its answer gave. */
    record Request(String id) implements Subject {}
  }

  /** Checks the value. */
  public Outcome {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("value: " + value + " (expected: finite)");
    }
  }

  /** Of a unit, now. */
  public static Outcome ofUnit(String unit, String name, double value) {
    return new Outcome(new Subject.Unit(unit), name, value, "", Optional.empty());
  }

  /** Of the request that was answered by this, now. */
  public static Outcome of(Answer answer, String name, double value) {
    return new Outcome(new Subject.Request(answer.requestId()), name, value, "", Optional.empty());
  }

  /** With an id of its own. */
  public Outcome withReportId(String reportId) {
    return new Outcome(subject, name, value, reportId, at);
  }

  /** At another time than now. */
  public Outcome withTime(Instant at) {
    return new Outcome(subject, name, value, reportId, Optional.of(at));
  }
}
