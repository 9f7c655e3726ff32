package dev.offramp.trainer.study;

import dev.offramp.trainer.Metric;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.report.CurvePoint;
import dev.offramp.trainer.report.EvaluationReport;
import dev.offramp.trainer.report.MetricCurve;
import dev.offramp.trainer.report.Pictures;
import dev.offramp.trainer.report.Spread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a study's results say: for every data set each objective's mean over the seeds, and its
 * difference from the plain sum, seed by seed.
 *
 * @param plan what was trained
 * @param results one a cell that has one, in the plan's order
 * @param diverged why the others have none, in words
 */
public record StudyReport(
    StudyPlan plan, List<CellResult> results, Map<StudyPlan.Cell, String> diverged) {
  private static final ObjectiveKind BASELINE = ObjectiveKind.SUM;
  private static final double GRID_STEP = 0.25;

  /** A number that is read off a curve; nothing where the curve does not reach. */
  private record Column(String name, Function<MetricCurve, Optional<Double>> value) {}

  public StudyReport {
    results = List.copyOf(results);
    diverged = Collections.unmodifiableMap(new LinkedHashMap<>(diverged));
  }

  /** Of a study none of whose runs diverged. */
  public StudyReport(StudyPlan plan, List<CellResult> results) {
    this(plan, results, Map.of());
  }

  private static List<Column> columns() {
    var columns = new ArrayList<Column>();
    columns.add(new Column("full", curve -> Optional.of(curve.full())));
    for (double speedup : EvaluationReport.READ_AT) {
      columns.add(new Column("at " + number("%.0fx", speedup), curve -> curve.at(speedup)));
    }
    columns.add(new Column("area", curve -> Optional.of(curve.areaUnderCurve())));
    return columns;
  }

  /** The report in Markdown. */
  public String markdown() {
    var text = new StringBuilder();
    for (StudyPlan.DataSet set : plan.sets()) {
      text.append("## ").append(set.name()).append("\n\n");
      diverged(text, set);
      if (ended(set).isEmpty()) {
        continue;
      }
      MetricCurve any = first(set).curve();
      text.append(
          "%s by layer speed-up with %s thresholds, mean ± standard deviation over %s; area: the"
                  .formatted(any.metric().words(), plan.rule().words(), seeds())
              + " mean over speed-ups from 1x to 6x, or to the curve's end.\n\n");
      table(text, set, "±", objective -> column -> estimate(set, objective, column));
      text.append('\n');
      if (plan.objectives().contains(BASELINE) && plan.objectives().size() > 1) {
        text.append(
            "Difference from the plain sum on the same seed, with the 95 % confidence interval of its"
                + " mean (Student's t); bold where it excludes zero.\n\n");
        table(text, set, "±", objective -> column -> difference(set, objective, column));
        text.append('\n');
      }
      text.append("![Curves](").append(set.name()).append(".png)\n\n");
      warnings(text, set);
    }
    return text.toString();
  }

  private void diverged(StringBuilder text, StudyPlan.DataSet set) {
    List<StudyPlan.Cell> cells =
        diverged.keySet().stream().filter(cell -> cell.set().name().equals(set.name())).toList();
    if (cells.isEmpty()) {
      return;
    }
    text.append("Runs that diverged, which the figures leave out:\n\n");
    for (StudyPlan.Cell cell : cells) {
      text.append(
          "- %s, seed %d: %s\n"
              .formatted(StudyPlan.nameOf(cell.objective()), cell.seed(), diverged.get(cell)));
    }
    text.append('\n');
  }

  private void warnings(StringBuilder text, StudyPlan.DataSet set) {
    List<CellResult> warned =
        results.stream()
            .filter(result -> result.set().equals(set.name()) && !result.warnings().isEmpty())
            .toList();
    if (warned.isEmpty()) {
      return;
    }
    text.append("What training warned of:\n\n");
    for (CellResult result : warned) {
      text.append(
          "- %s, seed %d: %s\n"
              .formatted(result.objective(), result.seed(), String.join("; ", result.warnings())));
    }
    text.append('\n');
  }

  private void table(
      StringBuilder text,
      StudyPlan.DataSet set,
      String sign,
      Function<ObjectiveKind, Function<Column, Optional<Shown>>> cell) {
    List<Column> columns = columns();
    text.append("| objective |");
    columns.forEach(column -> text.append(' ').append(column.name()).append(" |"));
    text.append("\n| --- |").append(" ---: |".repeat(columns.size())).append('\n');
    boolean share = isShare(first(set).curve().metric());
    for (ObjectiveKind objective : plan.objectives()) {
      var row = new StringBuilder("| " + StudyPlan.nameOf(objective) + " |");
      boolean any = false;
      for (Column column : columns) {
        Optional<Shown> shown = cell.apply(objective).apply(column);
        any |= shown.isPresent();
        row.append(' ').append(shown.map(s -> s.text(sign, share)).orElse("-")).append(" |");
      }
      if (any) {
        text.append(row).append('\n');
      }
    }
  }

  /** A mean, what follows it, and whether it stands out. */
  private record Shown(double mean, double spread, boolean signed, boolean bold) {
    String text(String sign, boolean share) {
      double scale = share ? 100 : 1;
      String format = (signed ? "%+" : "%") + (share ? ".1f" : ".3f");
      String text = number(format, scale * mean);
      if (!Double.isNaN(spread)) {
        text += " " + sign + " " + number(share ? "%.1f" : "%.3f", scale * spread);
      }
      return bold ? "**" + text + "**" : text;
    }
  }

  private Optional<Shown> estimate(StudyPlan.DataSet set, ObjectiveKind objective, Column column) {
    return estimate(bySeed(set, objective, column).values())
        .map(found -> new Shown(found.mean(), found.deviation(), false, false));
  }

  private static Optional<Estimate> estimate(Collection<Double> values) {
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(Estimate.of(values.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  private Optional<Shown> difference(
      StudyPlan.DataSet set, ObjectiveKind objective, Column column) {
    if (objective == BASELINE) {
      return Optional.empty();
    }
    return differences(set, objective, column)
        .map(found -> new Shown(found.mean(), found.margin(), true, found.isClear()));
  }

  /** Over the seeds of which both have a result. */
  private Optional<Estimate> differences(
      StudyPlan.DataSet set, ObjectiveKind objective, Column column) {
    Map<Long, Double> own = bySeed(set, objective, column);
    Map<Long, Double> other = bySeed(set, BASELINE, column);
    var differences = new ArrayList<Double>();
    own.forEach((seed, value) -> {
      Double plain = other.get(seed);
      if (plain != null) {
        differences.add(value - plain);
      }
    });
    return estimate(differences);
  }

  /** In the plan's order; nothing if a curve does not reach. */
  private Map<Long, Double> bySeed(StudyPlan.DataSet set, ObjectiveKind objective, Column column) {
    var values = new LinkedHashMap<Long, Double>();
    for (CellResult result : of(set, objective)) {
      Optional<Double> value = column.value().apply(result.curve());
      if (value.isEmpty()) {
        return Map.of();
      }
      values.put(result.seed(), value.get());
    }
    return values;
  }

  private List<CellResult> ended(StudyPlan.DataSet set) {
    return results.stream().filter(result -> result.set().equals(set.name())).toList();
  }

  private CellResult first(StudyPlan.DataSet set) {
    return ended(set).getFirst();
  }

  /** Those of which at least one run has a result. */
  private List<ObjectiveKind> objectives(StudyPlan.DataSet set) {
    return plan.objectives().stream().filter(one -> !of(set, one).isEmpty()).toList();
  }

  private List<CellResult> of(StudyPlan.DataSet set, ObjectiveKind objective) {
    return results.stream()
        .filter(result ->
            result.set().equals(set.name())
                && result.objective().equals(StudyPlan.nameOf(objective)))
        .toList();
  }

  /** The numbers of the tables as files hold them. */
  public Map<String, Object> numbers() {
    var sets = new LinkedHashMap<String, Object>();
    for (StudyPlan.DataSet set : plan.sets()) {
      var objectives = new LinkedHashMap<String, Object>();
      for (ObjectiveKind objective : plan.objectives()) {
        var columns = new LinkedHashMap<String, Object>();
        for (Column column : columns()) {
          var both = new LinkedHashMap<String, Object>();
          Map<Long, Double> values = bySeed(set, objective, column);
          estimate(values.values())
              .ifPresent(found -> {
                both.put("bySeed", plan.seeds().stream().map(values::get).toList());
                both.put("mean", found.mean());
              });
          if (plan.objectives().contains(BASELINE) && objective != BASELINE) {
            differences(set, objective, column).ifPresent(d -> both.put("differenceFromSum", d));
          }
          columns.put(column.name(), both);
        }
        objectives.put(StudyPlan.nameOf(objective), columns);
      }
      sets.put(set.name(), objectives);
    }
    var json = new LinkedHashMap<String, Object>();
    json.put("rule", plan.rule().id());
    json.put("seeds", plan.seeds());
    json.put("sets", sets);
    json.put("cells", results);
    if (!diverged.isEmpty()) {
      var why = new LinkedHashMap<String, String>();
      diverged.forEach((cell, words) -> why.put(cell.id(), words));
      json.put("diverged", why);
    }
    return json;
  }

  /**
   * Draws a picture a data set, {@code <set>.png} and {@code .svg}: the means over the seeds, and
   * their standard deviations at whole speed-ups.
   */
  public void draw(Path directory) throws IOException {
    for (StudyPlan.DataSet set : plan.sets()) {
      List<ObjectiveKind> objectives = objectives(set);
      if (objectives.isEmpty()) {
        continue;
      }
      List<MetricCurve> curves =
          objectives.stream().map(objective -> mean(of(set, objective))).toList();
      Pictures.curves(
          directory.resolve(set.name()),
          "%s: mean%s over %s"
              .formatted(
                  set.name(), plan.seeds().size() > 1 ? " and standard deviation" : "", seeds()),
          objectives.stream().map(StudyPlan::nameOf).toList(),
          curves,
          objectives.stream().map(objective -> spreads(of(set, objective))).toList());
    }
  }

  /** Where all curves reach; none of one seed. */
  private static List<Spread> spreads(List<CellResult> results) {
    var spreads = new ArrayList<Spread>();
    for (double speedup = 1; speedup <= MetricCurve.AREA_TO; speedup++) {
      double at = speedup;
      List<Optional<Double>> values =
          results.stream().map(result -> result.curve().at(at)).toList();
      if (values.size() > 1 && values.stream().allMatch(Optional::isPresent)) {
        var estimate = Estimate.of(values.stream().mapToDouble(Optional::orElseThrow).toArray());
        spreads.add(new Spread(at, estimate.mean(), estimate.deviation()));
      }
    }
    return spreads;
  }

  /** On a grid of speed-ups as far as all curves reach. */
  private static MetricCurve mean(List<CellResult> results) {
    MetricCurve first = results.getFirst().curve();
    double end =
        results.stream().mapToDouble(result -> result.curve().areaTo()).min().orElseThrow();
    var points = new ArrayList<CurvePoint>();
    for (double speedup = 1; speedup <= end; speedup += GRID_STEP) {
      double at = speedup;
      double mean =
          results.stream()
              .mapToDouble(result -> result.curve().at(at).orElseThrow())
              .average()
              .orElseThrow();
      points.add(new CurvePoint(Double.NaN, mean, speedup, Double.NaN));
    }
    double full =
        results.stream().mapToDouble(result -> result.curve().full()).average().orElseThrow();
    return new MetricCurve(first.rule(), first.metric(), full, points);
  }

  private String seeds() {
    int count = plan.seeds().size();
    return count == 1 ? "1 seed" : count + " seeds";
  }

  private static boolean isShare(Metric metric) {
    return metric != Metric.MATTHEWS;
  }

  /* Without the sign of what rounds to nothing. */
  private static String number(String format, double value) {
    String text = String.format(Locale.ROOT, format, value);
    return text.matches("-0\\.?0*")
        ? text.replace('-', format.contains("+") ? '+' : ' ').strip()
        : text;
  }
}
