package dev.offramp.server.admin;

import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.experiment.ramp.RampProgress;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.refusal.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What pages say of experiments, and what their forms do. */
final class ExperimentPages {

  /** The probability with which an interval is ever wrong, as {@code experiment show} has it. */
  static final double ALPHA = 0.05;

  private static final Logger log = LogManager.getLogger(ExperimentPages.class);

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
    Analysis analysis = experiments.analyze(status, totals, ALPHA);
    Map<String, Object> values = row(status);
    values.put("unit", experiment.unit().name().toLowerCase(Locale.ROOT));
    values.put("metric", experiment.metric().name());
    values.put("crossed", Numbers.count(totals.crossed()));
    values.put("armRows", AnalysisViews.arms(status, analysis));
    values.put("questions", AnalysisViews.questions(status, analysis));
    values.put("warnings", experiments.warnings(status));
    values.put("past", past(name));
    values.put("ratio", AnalysisViews.sampleRatio(analysis));
    values.put("ramp", experiments.ramp(status, totals).map(ExperimentPages::ramp).orElse(""));
    values.put("mismatch", analysis.sampleRatio().filter(r -> r.isMismatch()).isPresent());
    values.put("canStart", status.state().leadsTo(ExperimentState.RUNNING));
    values.put("canPause", status.state().leadsTo(ExperimentState.PAUSED));
    values.put("canStop", status.state().leadsTo(ExperimentState.STOPPED));
    values.put("canPromote", status.state().leadsTo(ExperimentState.PROMOTED));
    values.put("arms", left(status));
    values.put("stoppable", status.state().isUnderWay() ? stoppable(status) : List.of());
    values.put("coverageNumber", Numbers.of(100 * experiment.coverage()).replace(",", ""));
    values.put("log", entries(name));
    return values;
  }

  /** Arms that were not stopped. */
  private static List<String> left(ExperimentStatus status) {
    return status.experiment().arms().stream()
        .map(Arm::name)
        .filter(arm -> !status.arms().isStopped(arm))
        .toList();
  }

  /** Of those, the ones that can be while others go on; the last one is stopped with all. */
  private static List<String> stoppable(ExperimentStatus status) {
    List<String> left = left(status);
    return left.size() > 2 ? left.subList(1, left.size()) : List.of();
  }

  private static String ramp(RampProgress progress) {
    return progress.state().name().toLowerCase(Locale.ROOT) + ": " + progress.reason();
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
      case "stop-arm" -> {
        var _ = edits.stopArm(name, request.field("stopped"), change);
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

  /** Of experiments under way what the history is to know. */
  void note(Instant now) {
    var names = new HashSet<String>();
    for (ExperimentStatus status : experiments.list()) {
      if (status.state().isUnderWay()) {
        names.add(status.name());
        try {
          note(status, now);
        } catch (StateAwayException e) {
          throw e;
        } catch (RuntimeException e) { // Others have a history too.
          log.error("{}: its history cannot go on, and is tried again", status.name(), e);
        }
      }
    }
    history.retain(question -> names.contains(question.experiment()));
  }

  private void note(ExperimentStatus status, Instant now) {
    Analysis analysis = experiments.analyze(status, recent.of(status.experiment()), ALPHA);
    for (ArmAnalysis arm : analysis.arms()) {
      if (!status.arms().isStopped(arm.arm())) {
        Differences.of(arm)
            .forEach((measure, known) ->
                history.note(
                    new Question(status.name(), arm.arm(), measure),
                    now,
                    known.difference().estimate()));
      }
    }
  }
}
