package dev.offramp.trainer.study;

import dev.offramp.trainer.LabelledFile;
import dev.offramp.trainer.Metric;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.data.DataFormat;
import dev.offramp.trainer.report.RuleKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a study trains: every objective, with every seed, on every data set.
 *
 * @param sets at least one, of distinct names
 * @param objectives at least one, without repetition
 * @param seeds at least one, without repetition
 * @param settings all else, the same for all; their data, objective and seed do not count
 * @param rule the rule whose curve is compared
 * @param metric what the curves measure; none: what each set's task asks for
 * @param points the most points on a curve
 */
public record StudyPlan(
    List<DataSet> sets,
    List<ObjectiveKind> objectives,
    List<Long> seeds,
    TrainerSettings settings,
    RuleKind rule,
    Optional<Metric> metric,
    int points) {

  /**
   * Texts to learn from and to be judged by.
   *
   * @param name letters, digits, {@code . - _}: it becomes part of files' names
   * @param train labelled texts to learn from
   * @param dev labelled texts that every checkpoint is judged by; nothing is chosen by them
   * @param format the layout of both files
   */
  public record DataSet(String name, Path train, Path dev, DataFormat format) {
    public DataSet {
      if (!name.matches("\\w[\\w.-]*")) {
        throw new IllegalArgumentException(
            "data set: '%s' (expected: a name of letters, digits, '.', '-' and '_')"
                .formatted(name));
      }
    }

    /** Files whose layout is recognized. */
    public DataSet(String name, Path train, Path dev) {
      this(name, train, dev, DataFormat.AUTO);
    }

    /* Before the first run: a dev file is read only after hours of training. */
    void requireFitting(Optional<Metric> metric) {
      List<String> labels = LabelledFile.read(train, format).labels();
      metric.ifPresent(asked -> asked.requireFits(labels.size()));
      LabelledFile.read(dev, format).requireLabels(labels, "the training file's");
    }
  }

  /** One training run. */
  public record Cell(DataSet set, ObjectiveKind objective, long seed) {
    /** The name of its files. */
    public String id() {
      return set.name() + "-" + nameOf(objective) + "-" + seed;
    }
  }

  public StudyPlan {
    sets = distinct("data sets", sets);
    objectives = distinct("objectives", objectives);
    seeds = distinct("seeds", seeds);
    if (sets.stream().map(DataSet::name).distinct().count() < sets.size()) {
      throw new IllegalArgumentException(
          "data sets: %s (expected: distinct names)"
              .formatted(sets.stream().map(DataSet::name).toList()));
    }
    if (points < 2) {
      throw new IllegalArgumentException("curve points: " + points + " (expected: >= 2)");
    }
  }

  /** Curves of what each set's task asks for. */
  public StudyPlan(
      List<DataSet> sets,
      List<ObjectiveKind> objectives,
      List<Long> seeds,
      TrainerSettings settings,
      RuleKind rule,
      int points) {
    this(sets, objectives, seeds, settings, rule, Optional.empty(), points);
  }

  private static <T> List<T> distinct(String what, List<T> values) {
    if (values.isEmpty() || values.stream().distinct().count() < values.size()) {
      throw new IllegalArgumentException(
          "%s: %s (expected: at least one, each once)".formatted(what, values));
    }
    return List.copyOf(values);
  }

  /** The runs, seed by seed: a study that is stopped early has compared on fewer seeds. */
  public List<Cell> cells() {
    var cells = new ArrayList<Cell>();
    for (long seed : seeds) {
      for (DataSet set : sets) {
        objectives.forEach(objective -> cells.add(new Cell(set, objective, seed)));
      }
    }
    return cells;
  }

  /** The settings of a run whose checkpoint goes to {@code out}. */
  TrainerSettings settings(Cell cell, Path out) {
    return settings.of(
        new TrainerSettings.Data(cell.set().train(), Optional.empty(), 0, cell.set().format()),
        out,
        cell.objective(),
        cell.seed());
  }

  /** An objective's name in files and tables: {@code cosee-without-osc}. */
  static String nameOf(ObjectiveKind objective) {
    return objective.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
