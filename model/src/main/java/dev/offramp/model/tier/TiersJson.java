package dev.offramp.model.tier;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    int format = json.path("format").asInt(-1);
    if (format != FORMAT) {
      throw new IllegalArgumentException("format: " + format + " (expected: " + FORMAT + ")");
    }
    var tiers = new ArrayList<Tier>();
    for (JsonNode tier : json.path("tiers")) {
      tiers.add(
          new Tier(
              text(tier, "name"),
              rule(tier.path("rule")),
              number(tier, "layerSpeedup"),
              number(tier, "agreement")));
    }
    var curves = new ArrayList<Curve>();
    for (JsonNode curve : json.path("curves")) {
      curves.add(curve(curve));
    }
    JsonNode calibration = json.path("calibration");
    return new Tiers(
        calibration.isObject() ? Json.mapper().treeToValue(calibration, Calibration.class) : null,
        tiers,
        curves);
  }

  private static Map<String, Object> tier(Tier tier) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", tier.name());
    json.put("rule", rule(tier.rule()));
    json.put("layerSpeedup", tier.layerSpeedup());
    json.put("agreement", tier.agreement());
    return json;
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
          ExitSignal.of(text(json, "signal")),
          number(json, "threshold"),
          json.path("temperature").asDouble(ExitSignal.DEFAULT_TEMPERATURE));
    }
    if (json.has("patience")) {
      return new ExitRule.Patience(json.path("patience").asInt(0));
    }
    if (json.path("fullDepth").asBoolean(false)) {
      return ExitRule.fullDepth();
    }
    throw new IllegalArgumentException(
        "rule: " + json + " (expected: one with signal, patience or fullDepth)");
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
    for (JsonNode point : json.path("points")) {
      points.add(Json.mapper().treeToValue(point, CurvePoint.class));
    }
    return new Curve(
        ExitSignal.of(text(json, "signal")),
        json.path("temperature").asDouble(ExitSignal.DEFAULT_TEMPERATURE),
        text(json, "metric"),
        points);
  }

  private static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isString()) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: a text)");
    }
    return value.asString();
  }

  private static double number(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isNumber()) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: a number)");
    }
    return value.asDouble();
  }
}
