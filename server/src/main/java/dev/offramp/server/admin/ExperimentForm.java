package dev.offramp.server.admin;

import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.wire.ExperimentMessages;
import dev.offramp.v1.Arm;
import dev.offramp.v1.Better;
import dev.offramp.v1.Metric;
import dev.offramp.v1.UnitKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The form for a new experiment. It makes the message that files hold too, so that the same checks
 * refuse the same things; what it has no field for, such as targeting, is for files.
 */
final class ExperimentForm {

  /** More are for files. */
  static final int MOST_ARMS = 4;

  /** The last part of a field's name in a refusal, to the form's own name for it. */
  private static final Map<String, String> FIELDS =
      Map.ofEntries(
          Map.entry("name", "name"),
          Map.entry("model", "model"),
          Map.entry("coverage", "coverage"),
          Map.entry("metric", "metric"),
          Map.entry("arms", "arm0"),
          Map.entry("weights", "arm0"),
          Map.entry("weight", "arm0"),
          Map.entry("who", "who"),
          Map.entry("why", "why"),
          Map.entry("margin", "margin"),
          Map.entry("min, max", "min"));

  private ExperimentForm() {}

  /**
   * What an empty form begins with.
   *
   * @param tiers that can be chosen, {@code full} among them
   */
  static Map<String, Object> empty(List<String> tiers) {
    var values = new HashMap<String, Object>();
    for (String field :
        List.of(
            "name", "description", "model", "min", "max", "margin", "who", "why", "certified")) {
      values.put(field, "");
    }
    values.put("coverage", "10");
    values.put("unit", "UNIT_KIND_UNIT");
    values.put("metric", dev.offramp.server.experiment.Metric.LATENCY);
    values.put("better", "BETTER_LOWER");
    for (int i = 0; i < MOST_ARMS; i++) {
      values.put("arm" + i, i == 0 ? "control" : i == 1 ? "bold" : "");
      values.put("weight" + i, i < 2 ? "50" : "");
      values.put("tier" + i, i == 1 ? tiers.getLast() : "full");
    }
    return values;
  }

  /** What was typed, so that none of it is lost. */
  static Map<String, Object> typed(Request request) {
    Map<String, Object> values = empty(List.of(""));
    values.replaceAll((field, _) -> request.field(field));
    return values;
  }

  /**
   * Reads what was typed.
   *
   * @throws Refusal which begins with the field
   */
  static Experiment read(Request request) {
    var message =
        dev.offramp.v1.Experiment.newBuilder()
            .setName(request.field("name"))
            .setDescription(request.field("description"))
            .setModel(request.field("model"))
            .setCoverage(share("coverage", request.field("coverage")))
            .setUnit(
                request.field("unit").equals("UNIT_KIND_REQUEST")
                    ? UnitKind.UNIT_KIND_REQUEST
                    : UnitKind.UNIT_KIND_UNIT)
            .setCertified(!request.field("certified").isEmpty());
    message.addAllArms(arms(request));
    var metric =
        Metric.newBuilder()
            .setName(request.field("metric"))
            .setBetter(
                request.field("better").equals("BETTER_HIGHER")
                    ? Better.BETTER_HIGHER
                    : Better.BETTER_LOWER);
    number("margin", request.field("margin")).ifPresent(metric::setMargin);
    number("min", request.field("min")).ifPresent(metric::setMin);
    number("max", request.field("max")).ifPresent(metric::setMax);
    return ExperimentMessages.read(message.setMetric(metric).build());
  }

  private static List<Arm> arms(Request request) {
    var arms = new ArrayList<Arm>();
    for (int i = 0; i < MOST_ARMS; i++) {
      String name = request.field("arm" + i);
      if (!name.isEmpty()) {
        arms.add(
            Arm.newBuilder()
                .setName(name)
                .setWeight(share("weight", request.field("weight" + i)))
                .setTier(request.field("tier" + i))
                .build());
      }
    }
    return arms;
  }

  /** Percent, as people type them, to a share. */
  static double share(String field, String typed) {
    return number(field, typed)
            .orElseThrow(() -> Refusal.invalid(field + ": not given (expected: percent, 0 to 100)"))
        / 100;
  }

  private static Optional<Double> number(String field, String typed) {
    if (typed.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Double.valueOf(typed));
    } catch (NumberFormatException e) {
      throw Refusal.invalid("%s: '%s' (expected: a number, as 12.5)".formatted(field, typed));
    }
  }

  /** The form's field that a refusal is about; empty for none of them. */
  static String fieldOf(String message) {
    for (String part : message.split(": ", 4)) {
      String field = FIELDS.get(part.replaceAll("\\[.*", ""));
      if (field != null) {
        return field;
      }
    }
    return "";
  }
}
