package dev.offramp.cli;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.report.DepthDistribution;
import dev.offramp.trainer.report.EvaluationReport;
import dev.offramp.trainer.report.MetricCurve;
import dev.offramp.trainer.report.Pictures;
import dev.offramp.trainer.report.RuleKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What {@code evaluate --plot} draws: the rules of one checkpoint, or one rule of several.
 *
 * @param rule the rule whose texts leave, and by which several checkpoints are compared
 * @param speedups at which texts leave
 */
record EvaluationPictures(List<EvaluationReport> reports, RuleKind rule, List<Double> speedups) {
  EvaluationPictures {
    reports = List.copyOf(reports);
    speedups = List.copyOf(speedups);
  }

  /**
   * Draws curves and depths, as PNG and SVG.
   *
   * @param compared where the texts of two files leave at one threshold, by checkpoint; or nothing
   */
  void draw(Path directory, List<DepthComparison> compared) throws IOException {
    List<MetricCurve> curves =
        isAlone()
            ? reports.getFirst().curves()
            : reports.stream().map(report -> report.curve(rule)).toList();
    List<String> names =
        isAlone()
            ? curves.stream().map(one -> one.rule().words()).toList()
            : reports.stream().map(EvaluationReport::name).toList();
    String metric = capitalized(reports.getFirst().metric().words());
    Pictures.curves(
        directory.resolve("curve"),
        isAlone()
            ? "%s of %s by exit rule".formatted(metric, reports.getFirst().name())
            : "%s by %s, checkpoints side by side".formatted(metric, rule.words()),
        names,
        curves);
    ExitSignal signal = DepthComparison.signalOf(rule);
    Pictures.depths(
        directory.resolve("depths"),
        "Where texts leave, by " + signal.id().replace('_', ' '),
        depths(signal));
    List<DepthDistribution> drawn = DepthComparison.drawn(compared);
    if (!drawn.isEmpty()) {
      Pictures.depths(
          directory.resolve("comparison"), "Where texts leave at the same threshold", drawn);
    }
  }

  private boolean isAlone() {
    return reports.size() == 1;
  }

  private static String capitalized(String words) {
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  /** One checkpoint at each speed-up, or each checkpoint at one. */
  private List<DepthDistribution> depths(ExitSignal signal) {
    var all = new ArrayList<DepthDistribution>();
    List<Double> asked = isAlone() ? speedups : List.of(speedups.get(speedups.size() / 2));
    for (EvaluationReport report : reports) {
      for (double speedup : asked) {
        report
            .depths(signal, speedup)
            .ifPresent(found ->
                all.add(
                    new DepthDistribution(
                        (isAlone() ? "at " : report.name() + " at ")
                            + EvaluationTables.speedup(speedup),
                        found.shares())));
      }
    }
    return all;
  }
}
