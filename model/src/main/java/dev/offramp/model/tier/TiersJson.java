package dev.offramp.model.tier;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Tiers as JSON: the content of {@code tiers.json} and of a manifest's {@code tiers}. */
public final class TiersJson {
  private static final int FORMAT = 1;

  private TiersJson() {}

  /** The JSON object of {@code tiers}, as maps and lists. */
  public static Map<String, Object> to(Tiers tiers) {
    var json = new LinkedHashMap<String, Object>();
    json.put("format", FORMAT);
    if (tiers.calibration() != null) {
      json.put("calibration", tiers.calibration());
    }
    json.put("tiers", tiers.tiers().stream().map(TiersJson::tier).toList());
    json.put("curves", tiers.curves().stream().map(TiersJson::curve).toList());
    return json;
  }

  /**
   * The tiers of a JSON object.
   *
   * @throws IllegalArgumentException if it is not one of tiers
   */
  public static Tiers from(JsonNode json) {
    JsonNode format = json.path("format");
    if (!format.isInt() || format.asInt() != FORMAT) {
      throw new IllegalArgumentException(
          "format: " + shown(format) + " (expected: " + FORMAT + ")");
    }
    var tiers = new ArrayList<Tier>();
    for (JsonNode tier : array(json, "tiers")) {
      tiers.add(
          new Tier(
              text(tier, "name"),
              rule(tier.path("rule")),
              number(tier, "layerSpeedup"),
              number(tier, "agreement"),
              certificate(tier.path("certificate"))));
    }
    var curves = new ArrayList<Curve>();
    for (JsonNode curve : array(json, "curves")) {
      curves.add(curve(curve));
    }
    JsonNode calibration = json.path("calibration");
    return new Tiers(
        calibration.isMissingNode() || calibration.isNull()
            ? null
            : Json.convert(calibration, Calibration.class),
        tiers,
        curves);
  }

  private static Map<String, Object> tier(Tier tier) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", tier.name());
    json.put("rule", rule(tier.rule()));
    json.put("layerSpeedup", tier.layerSpeedup());
    json.put("agreement", tier.agreement());
    tier.certificate().ifPresent(certificate -> json.put("certificate", certificate));
    return json;
  }

  /* Files from before risk tiers have none. */
  private static Optional<Certificate> certificate(JsonNode json) {
    return json.isMissingNode() || json.isNull()
        ? Optional.empty()
        : Optional.of(Json.convert(json, Certificate.class));
  }

  private static Map<String, Object> rule(ExitRule rule) {
    var json = new LinkedHashMap<String, Object>();
    switch (rule) {
      case ExitRule.Threshold threshold -> {
        json.put("signal", threshold.signal().id());
        json.put("threshold", threshold.threshold());
        json.put("temperature", threshold.temperature());
      }
      case ExitRule.Patience patience -> json.put("patience", patience.patience());
      case ExitRule.FullDepth full -> json.put("fullDepth", true);
    }
    return json;
  }

  private static ExitRule rule(JsonNode json) {
    if (json.has("signal")) {
      return new ExitRule.Threshold(
          ExitSignal.of(text(json, "signal")), number(json, "threshold"), temperature(json));
    }
    JsonNode patience = json.path("patience");
    if (patience.isInt()) {
      return new ExitRule.Patience(patience.asInt());
    }
    JsonNode fullDepth = json.path("fullDepth");
    if (fullDepth.isBoolean() && fullDepth.asBoolean()) {
      return ExitRule.fullDepth();
    }
    throw new IllegalArgumentException(
        "rule: "
            + shown(json)
            + " (expected: one with a signal and a threshold, an integer patience, or fullDepth:"
            + " true)");
  }

  private static Map<String, Object> curve(Curve curve) {
    var json = new LinkedHashMap<String, Object>();
    json.put("signal", curve.signal().id());
    json.put("temperature", curve.temperature());
    json.put("metric", curve.metric());
    json.put("points", curve.points());
    return json;
  }

  private static Curve curve(JsonNode json) {
    List<CurvePoint> points = new ArrayList<>();
    for (JsonNode point : array(json, "points")) {
      points.add(Json.convert(point, CurvePoint.class));
    }
    return new Curve(
        ExitSignal.of(text(json, "signal")), temperature(json), text(json, "metric"), points);
  }

  private static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isString()) {
      throw new IllegalArgumentException(field + ": " + shown(value) + " (expected: a text)");
    }
    return value.asString();
  }

  private static double number(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isNumber()) {
      throw new IllegalArgumentException(field + ": " + shown(value) + " (expected: a number)");
    }
    return value.asDouble();
  }

  private static double temperature(JsonNode json) {
    return json.has("temperature") ? number(json, "temperature") : ExitSignal.DEFAULT_TEMPERATURE;
  }

  private static JsonNode array(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isArray()) {
      throw new IllegalArgumentException(field + ": " + shown(value) + " (expected: a list)");
    }
    return value;
  }

  private static Object shown(JsonNode value) {
    return value.isMissingNode() ? "missing" : value;
  }
}
