package dev.offramp.server.admin;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.experiment.ramp.RampProgress;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.Decision;
import dev.offramp.server.refusal.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What pages say of experiments, and what their forms do. */
final class ExperimentPages {

  /** The probability with which an interval is ever wrong, as {@code experiment show} has it. */
  static final double ALPHA = 0.05;

  private static final int LOG_ENTRIES = 100;
  private static final OptionalDouble NO_DIFFERENCE = OptionalDouble.of(0);

  /** What an experiment asks of an arm. */
  private record Question(String experiment, String arm, String measure) {}

  private final Experiments experiments;
  private final RecentTotals recent;
  private final History<Question> history = new History<>();

  ExperimentPages(Experiments experiments) {
    this.experiments = experiments;
    this.recent = new RecentTotals(experiments::totals, System::nanoTime);
  }

  /** All experiments, those that run first. */
  Map<String, Object> list() {
    List<Map<String, Object>> rows =
        experiments.list().stream()
            .sorted(
                Comparator.comparingInt((ExperimentStatus status) -> order(status.state()))
                    .thenComparing(ExperimentStatus::name))
            .map(ExperimentPages::row)
            .toList();
    return Map.of("experiments", rows);
  }

  private static int order(ExperimentState state) {
    return switch (state) {
      case RUNNING -> 0;
      case PAUSED -> 1;
      case DRAFT -> 2;
      case PROMOTED -> 3;
      case STOPPED -> 4;
    };
  }

  private static Map<String, Object> row(ExperimentStatus status) {
    Experiment experiment = status.experiment();
    var values = new HashMap<String, Object>();
    values.put("name", experiment.name());
    values.put("path", path(experiment.name()));
    values.put("description", experiment.description());
    values.put("model", experiment.model());
    values.put("state", state(status));
    values.put("version", status.version());
    values.put("coverage", Numbers.percent(experiment.coverage()));
    values.put("arms", experiment.arms().stream().map(Arm::name).toList());
    values.put("changed", Numbers.time(status.changed()));
    values.put("promoted", status.promotedArm());
    return values;
  }

  private static String state(ExperimentStatus status) {
    return status.state().name().toLowerCase(Locale.ROOT);
  }

  static String path(String name) {
    return Response.path("experiments", name);
  }

  /** One experiment, with what its counts say. */
  Map<String, Object> show(String name) {
    ExperimentStatus status = experiments.get(name);
    Experiment experiment = status.experiment();
    Totals totals = recent.of(experiment);
    Analysis analysis = experiments.analyze(experiment, totals, ALPHA);
    Map<String, Object> values = row(status);
    values.put("unit", experiment.unit().name().toLowerCase(Locale.ROOT));
    values.put("metric", experiment.metric().name());
    values.put("crossed", Numbers.count(totals.crossed()));
    values.put("armRows", arms(experiment, analysis));
    values.put("questions", questions(analysis));
    values.put("past", past(name));
    values.put(
        "ratio",
        analysis
            .sampleRatio()
            .map(ratio ->
                (ratio.isMismatch()
                        ? "Units are not split as planned: rely on nothing else here. "
                        : "Units are split as planned, ")
                    + "p = "
                    + Numbers.of(ratio.anytimeP()))
            .orElse("There are not two arms with a weight to compare."));
    values.put("ramp", experiments.ramp(status, totals).map(ExperimentPages::ramp).orElse(""));
    values.put("mismatch", analysis.sampleRatio().filter(r -> r.isMismatch()).isPresent());
    values.put("canStart", status.state().leadsTo(ExperimentState.RUNNING));
    values.put("canPause", status.state().leadsTo(ExperimentState.PAUSED));
    values.put("canStop", status.state().leadsTo(ExperimentState.STOPPED));
    values.put("canPromote", status.state().leadsTo(ExperimentState.PROMOTED));
    values.put("coverageNumber", Numbers.of(100 * experiment.coverage()).replace(",", ""));
    values.put("log", entries(name));
    return values;
  }

  private static List<Map<String, Object>> arms(Experiment experiment, Analysis analysis) {
    var rows = new ArrayList<Map<String, Object>>();
    for (ArmAnalysis said : analysis.arms()) {
      Arm arm = experiment.arm(said.arm()).orElseThrow();
      ArmTotals totals = said.totals();
      var values = new HashMap<String, Object>();
      values.put("name", arm.name());
      values.put("treatment", treatment(arm.treatment()));
      values.put("weight", Numbers.percent(arm.weight()));
      values.put("units", Numbers.count(totals.units()));
      values.put(
          "exposures", Numbers.count(totals.depths().values().stream().mapToLong(n -> n).sum()));
      values.put("speedup", said.layerSpeedup().map(Numbers::of).orElse("–"));
      values.put("p50", said.latencyP50().map(Numbers::of).orElse("–"));
      values.put("p99", said.latencyP99().map(Numbers::of).orElse("–"));
      values.put("audits", Numbers.count(said.disagreement().audits()));
      values.put(
          "disagreement",
          said.disagreement()
              .rate()
              .map(rate ->
                  Numbers.percent(rate.value()) + " (" + Numbers.percent(rate.interval()) + ")")
              .orElse("–"));
      rows.add(values);
    }
    return rows;
  }

  private static String ramp(RampProgress progress) {
    return progress.state().name().toLowerCase(Locale.ROOT) + ": " + progress.reason();
  }

  private static String treatment(Treatment treatment) {
    return switch (treatment) {
      case Treatment.ByTier(String tier) -> "tier " + tier;
      case Treatment.ByRule(var rule) -> rule.toString();
      case Treatment.ByVersion(String version) -> "version " + version;
    };
  }

  /** One chart and table a measure: every arm's difference to the first. */
  private static List<Map<String, Object>> questions(Analysis analysis) {
    var byMeasure = new LinkedHashMap<String, Map<String, Difference>>();
    for (ArmAnalysis arm : analysis.arms()) {
      Differences.of(arm)
          .forEach((measure, difference) ->
              byMeasure
                  .computeIfAbsent(measure, _ -> new LinkedHashMap<>())
                  .put(arm.arm(), difference));
    }
    var questions = new ArrayList<Map<String, Object>>();
    byMeasure.forEach((measure, arms) -> {
      var known = new ArrayList<Charts.Known>();
      var rows = new ArrayList<Map<String, Object>>();
      arms.forEach((arm, difference) -> {
        known.add(new Charts.Known(arm, difference.estimate()));
        rows.add(
            Map.of(
                "arm",
                arm,
                "difference",
                Numbers.of(difference.estimate()),
                "verdict",
                difference.decision().map(ExperimentPages::verdict).orElse("–"),
                "tone",
                difference.decision().map(ExperimentPages::tone).orElse("open")));
      });
      questions.add(Map.of("measure", measure, "chart", Charts.intervals(known), "rows", rows));
    });
    return questions;
  }

  private static String verdict(Decision decision) {
    return switch (decision.verdict()) {
      case BETTER -> "better";
      case WORSE -> "worse";
      case NO_DIFFERENCE -> "no difference that matters";
      case KEEP_GOING ->
          decision.stillNeeded().isPresent()
              ? "keep going, about " + Numbers.count(decision.stillNeeded().getAsLong()) + " more"
              : "keep going";
    };
  }

  private static String tone(Decision decision) {
    return switch (decision.verdict()) {
      case BETTER, NO_DIFFERENCE -> "good";
      case WORSE -> "bad";
      case KEEP_GOING -> "open";
    };
  }

  private List<Map<String, Object>> past(String name) {
    var charts = new ArrayList<Map<String, Object>>();
    history
        .of(question -> question.experiment().equals(name))
        .forEach((question, points) -> {
          if (points.size() > 1) {
            charts.add(
                Map.of(
                    "arm",
                    question.arm(),
                    "measure",
                    question.measure(),
                    "chart",
                    Charts.past(points, NO_DIFFERENCE),
                    "last",
                    Numbers.of(points.getLast().estimate())));
          }
        });
    return charts;
  }

  /** The last changes, the newest first; of all experiments for an empty name. */
  List<Map<String, Object>> entries(String name) {
    return experiments.log(name, LOG_ENTRIES).stream().map(ExperimentPages::entry).toList();
  }

  private static Map<String, Object> entry(AuditEntry entry) {
    ExperimentStatus after = entry.after();
    return Map.of(
        "at", Numbers.time(after.changed()),
        "name", after.name(),
        "path", path(after.name()),
        "version", after.version(),
        "action", entry.action(),
        "state", state(after),
        "who", entry.who(),
        "why", entry.why());
  }

  /** Makes what a form says; its name. */
  String create(Request request) {
    Experiment experiment = ExperimentForm.read(request);
    if (experiments.list().stream().anyMatch(known -> known.name().equals(experiment.name()))) {
      throw Refusal.invalid(
          "name: '%s' (expected: one that no experiment ever had)".formatted(experiment.name()));
    }
    var _ = experiments.edits().apply(experiment, false, change(request), false);
    return experiment.name();
  }

  /** Does what a button says. */
  void act(String name, String action, Request request) {
    Change change = change(request);
    var edits = experiments.edits();
    switch (action) {
      case "start" -> {
        var _ = edits.move(name, action, ExperimentState.RUNNING, change);
      }
      case "pause" -> {
        var _ = edits.move(name, action, ExperimentState.PAUSED, change);
      }
      case "stop" -> {
        var _ = edits.move(name, action, ExperimentState.STOPPED, change);
      }
      case "kill" -> {
        var _ = edits.kill(name, change);
      }
      case "promote" -> {
        var _ = edits.promote(name, request.field("arm"), change);
      }
      case "ramp" -> {
        double coverage = ExperimentForm.share("coverage", request.field("coverage"));
        var _ = edits.setCoverage(name, coverage, change);
      }
      default -> throw Refusal.notFound("action: '" + action + "' (expected: one of the buttons)");
    }
  }

  private static Change change(Request request) {
    try {
      String version = request.field("version");
      return new Change(
          version.isEmpty() ? 0 : Long.parseLong(version),
          request.field("who"),
          request.field("why"));
    } catch (NumberFormatException e) {
      throw Refusal.invalid(
          "version: '%s' (expected: a number)".formatted(request.field("version")));
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }

  /** Whether a tier can be chosen in the form: those of all models, each once. */
  static List<String> tiers(Sources sources) {
    return sources.registry().catalog().models().stream()
        .flatMap(model -> model.manifest().tiers().names().stream())
        .distinct()
        .toList();
  }

  /** Of running experiments what the history is to know. */
  void note(Instant now) {
    var names = new HashSet<String>();
    for (ExperimentStatus status : experiments.list()) {
      if (status.state().isUnderWay()) {
        names.add(status.name());
        Experiment experiment = status.experiment();
        Analysis analysis = experiments.analyze(experiment, recent.of(experiment), ALPHA);
        for (ArmAnalysis arm : analysis.arms()) {
          Differences.of(arm)
              .forEach((measure, difference) ->
                  history.note(
                      new Question(status.name(), arm.arm(), measure), now, difference.estimate()));
        }
      }
    }
    history.retain(question -> names.contains(question.experiment()));
  }
}
