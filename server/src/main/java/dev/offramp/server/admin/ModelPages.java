package dev.offramp.server.admin;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Curve;
import dev.offramp.model.tier.Tier;
import dev.offramp.server.audit.AuditStatistics;
import dev.offramp.server.audit.TierHealth;
import dev.offramp.server.cache.CacheStatistics;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ServedModel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** What pages say of models: which are served, what leaves where, how tiers fare. */
final class ModelPages {

  private final Sources sources;
  private final LiveTraffic traffic;
  private final History<AuditedTier> history = new History<>();

  ModelPages(Sources sources, LiveTraffic traffic) {
    this.sources = sources;
    this.traffic = traffic;
  }

  /** The overview's values. */
  Map<String, Object> overview() {
    Catalog catalog = sources.registry().catalog();
    CacheStatistics cache = sources.cache().statistics();
    AuditStatistics audits = sources.audits().statistics();
    long asked = cache.hits() + cache.partialHits() + cache.coalesced() + cache.misses();
    var values = new HashMap<String, Object>();
    values.put("models", catalog.byName().stream().map(model -> card(model, catalog)).toList());
    values.put("wait", Numbers.millis(sources.engine().predictedWait()));
    values.put("brownOut", sources.shortOfTime().getAsBoolean());
    values.put("hitShare", asked == 0 ? "–" : Numbers.percent((double) cache.hits() / asked));
    values.put("cacheBytes", Numbers.bytes(cache.traceBytes() + cache.rowBytes()));
    values.put("cached", Numbers.count(cache.entries()));
    values.put("coalesced", Numbers.count(cache.coalesced()));
    values.put("resumed", Numbers.count(cache.partialHits()));
    values.put("audited", Numbers.count(audits.done()));
    values.put("auditsDropped", Numbers.count(audits.dropped()));
    return values;
  }

  /** A model's page; empty if it is not served. */
  Optional<Map<String, Object>> model(String name, String version) {
    Catalog catalog = sources.registry().catalog();
    return catalog.models().stream()
        .filter(model -> model.name().equals(name) && model.version().equals(version))
        .findFirst()
        .map(model -> {
          var values = new HashMap<String, Object>();
          values.put("model", card(model, catalog));
          values.put(
              "tiers", model.manifest().tiers().tiers().stream().map(t -> row(t, model)).toList());
          values.put("past", past(model));
          values.put("curves", curves(model));
          values.put("target", model.target().target().id());
          values.put("precision", model.target().target().precision().id());
          values.put("reason", model.target().reason());
          values.put("labels", model.manifest().config().labels());
          values.put("reasons", reasons(model));
          return values;
        });
  }

  private Map<String, Object> card(ServedModel model, Catalog catalog) {
    LiveTraffic.Window lately = traffic.of(model);
    var values = new HashMap<String, Object>();
    values.put("name", model.name());
    values.put("version", model.version());
    values.put("path", Response.path("models", model.name(), model.version()));
    values.put("labels", catalog.labelsOf(model));
    values.put("isDefault", catalog.isDefault(model));
    values.put("layers", model.manifest().config().layers());
    values.put("perSecond", Numbers.of(lately.perSecond()));
    values.put("answers", lately.answers());
    values.put("meanDepth", Numbers.of(lately.meanDepth()));
    values.put("speedup", Numbers.times(lately.layerSpeedup()));
    values.put("depths", Charts.depths(lately.byDepth()));
    values.put("alarms", alarms(model));
    return values;
  }

  private List<String> alarms(ServedModel model) {
    return model.manifest().tiers().tiers().stream()
        .filter(tier -> health(tier, model).alarm())
        .map(Tier::name)
        .toList();
  }

  private TierHealth health(Tier tier, ServedModel model) {
    return sources.tiers().health(audited(tier, model));
  }

  private static AuditedTier audited(Tier tier, ServedModel model) {
    return new AuditedTier(model.name(), model.calibratedVersion(), tier.name());
  }

  /** Notes what audits say of tiers now, for {@link #model}. */
  void note(Instant now) {
    var served = new HashSet<AuditedTier>();
    for (ServedModel model : sources.registry().catalog().models()) {
      for (Tier tier : model.manifest().tiers().tiers()) {
        AuditedTier audited = audited(tier, model);
        TierHealth health = sources.tiers().health(audited);
        TierAudits audits = health.audits();
        served.add(audited);
        if (audits.audits() > 0 && !(tier.rule() instanceof ExitRule.FullDepth)) {
          double share = (double) audits.disagreements() / audits.audits();
          history.note(audited, now, Numbers.inPercent(share, health.disagreement()));
        }
      }
    }
    history.retain(served::contains);
  }

  /** How disagreement became known, a chart a tier, with what it is certified to be below. */
  private List<Map<String, Object>> past(ServedModel model) {
    Map<AuditedTier, List<History.Point>> all =
        history.of(tier ->
            tier.model().equals(model.name()) && tier.version().equals(model.calibratedVersion()));
    var charts = new ArrayList<Map<String, Object>>();
    for (Tier tier : model.manifest().tiers().tiers()) {
      List<History.Point> points = all.getOrDefault(audited(tier, model), List.of());
      if (points.size() > 1) {
        Optional<Double> eps =
            tier.certificate().filter(model::honours).map(promise -> 100 * promise.eps());
        charts.add(
            Map.of(
                "tier",
                tier.name(),
                "certified",
                eps.map(Numbers::of).orElse(""),
                "chart",
                Charts.past(points, eps.map(OptionalDouble::of).orElseGet(OptionalDouble::empty)),
                "last",
                Numbers.of(points.getLast().estimate()) + " %"));
      }
    }
    return charts;
  }

  private Map<String, Object> row(Tier tier, ServedModel model) {
    TierHealth health = health(tier, model);
    Optional<Certificate> certificate = tier.certificate();
    var values = new HashMap<String, Object>();
    values.put("name", tier.name());
    values.put("rule", rule(tier.rule()));
    values.put("speedup", Numbers.times(tier.layerSpeedup()));
    values.put("agreement", Numbers.percent(tier.agreement()));
    values.put(
        "certified", certificate.map(promise -> "≤ " + Numbers.percent(promise.eps())).orElse("–"));
    values.put("holds", certificate.filter(model::honours).isPresent());
    values.put("promises", certificate.isPresent());
    values.put("audits", Numbers.count(health.audits().audits()));
    values.put(
        "disagreement",
        health.audits().audits() == 0 ? "–" : Numbers.percent(health.disagreement()));
    values.put("alarm", health.alarm());
    return values;
  }

  static String rule(ExitRule rule) {
    return switch (rule) {
      case ExitRule.FullDepth _ -> "every layer";
      case ExitRule.Patience(int agreements) ->
          agreements == 1
              ? "an exit agrees with the one before"
              : agreements + " exits agree with the one before them";
      case ExitRule.Threshold threshold ->
          "%s %s %s"
              .formatted(
                  threshold.signal().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  threshold.signal().comparison(),
                  Numbers.of(threshold.threshold()));
    };
  }

  private static List<Map<String, Object>> curves(ServedModel model) {
    var curves = new ArrayList<Map<String, Object>>();
    for (Curve curve : model.manifest().tiers().curves()) {
      if (!curve.points().isEmpty()) {
        curves.add(
            Map.of(
                "signal",
                curve.signal().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                "metric",
                curve.metric(),
                "chart",
                Charts.curve(curve, model.manifest().tiers().tiers()),
                "rows",
                model.manifest().tiers().tiers().stream()
                    .map(tier -> Map.of("tier", tier.name(), "at", metricAt(curve, tier)))
                    .toList()));
      }
    }
    return curves;
  }

  private static String metricAt(Curve curve, Tier tier) {
    return curve.points().stream()
        .reduce((a, b) ->
            Math.abs(b.layerSpeedup() - tier.layerSpeedup())
                    < Math.abs(a.layerSpeedup() - tier.layerSpeedup())
                ? b
                : a)
        .map(
            point -> Numbers.percent(point.metric()) + " at " + Numbers.times(point.layerSpeedup()))
        .orElse("–");
  }

  private static List<Map<String, Object>> reasons(ServedModel model) {
    return Arrays.stream(Exit.Reason.values())
        .map(reason ->
            Map.<String, Object>of(
                "name",
                switch (reason) {
                  case RULE -> "the rule let them go";
                  case LAST_EXIT -> "the last exit";
                  case DEADLINE -> "no time for another layer";
                },
                "answers",
                Numbers.count(model.exits().of(reason))))
        .toList();
  }
}
