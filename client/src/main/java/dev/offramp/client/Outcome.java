package dev.offramp.client;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What became of a unit or a request that took part in an experiment, such as a conversion.
 *
 * @param subject whose outcome it is
 * @param name the metric
 * @param value finite
 * @param reportId tells several of one subject and name apart, such as two purchases: their values
 *     add up, and a report that is repeated counts once; empty where the time does that
 * @param at when it happened; empty for now
 */
public record Outcome(
    Subject subject, String name, double value, String reportId, Optional<Instant> at) {

  /** Ids that are made here begin so. */
  private static final String MADE = "sdk-";

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

  /** Of a unit, now. This outcome counts once however often it is reported; another, once more. */
  public static Outcome ofUnit(String unit, String name, double value) {
    return new Outcome(new Subject.Unit(unit), name, value, newId(), Optional.empty());
  }

  /**
   * Of the request that was answered by this, now; counted as {@link #ofUnit} says. A request that
   * took part in no experiment has no id unless it brought one, and its outcome is not reported.
   */
  public static Outcome of(Answer answer, String name, double value) {
    return new Outcome(
        new Subject.Request(answer.requestId()), name, value, newId(), Optional.empty());
  }

  private static String newId() {
    return MADE + UUID.randomUUID();
  }

  /** With an id of its own. */
  public Outcome withReportId(String reportId) {
    return new Outcome(subject, name, value, reportId, at);
  }

  /**
   * At another time than now, which tells it apart unless it was given an id: so a job that runs
   * again reports nothing twice.
   */
  public Outcome withTime(Instant at) {
    String id = reportId.startsWith(MADE) ? "" : reportId;
    return new Outcome(subject, name, value, id, Optional.of(at));
  }
}
