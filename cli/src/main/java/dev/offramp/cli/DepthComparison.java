package dev.offramp.cli;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.report.DepthDistribution;
import dev.offramp.trainer.report.EvaluationReport;
import dev.offramp.trainer.report.RuleKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Whether the texts of two files leave at the same depths, at thresholds chosen on the first.
 *
 * @param checkpoint the name of the model
 * @param rows one a speed-up that was reached
 * @param drawn the two distributions in the middle, for a picture; empty if there is none
 */
record DepthComparison(String checkpoint, List<Row> rows, List<DepthDistribution> drawn) {
  DepthComparison {
    rows = List.copyOf(rows);
    drawn = List.copyOf(drawn);
  }

  /**
   * One threshold.
   *
   * @param asked the layer speed-up for which it was chosen
   * @param first where the first file's texts leave
   * @param second where the second file's texts leave
   */
  record Row(double asked, DepthDistribution first, DepthDistribution second) {}

  static DepthComparison of(
      EvaluationReport report,
      String data,
      RecordedTraces other,
      RuleKind rule,
      List<Double> speedups) {
    var rows = new ArrayList<Row>();
    for (double asked : speedups) {
      Optional<ExitRule.Threshold> threshold =
          report.evaluation().atSpeedup(signalOf(rule), report.temperature(), asked);
      threshold.ifPresent(found ->
          rows.add(
              new Row(
                  asked,
                  DepthDistribution.of("data", report.evaluation().outcome(found).exits()),
                  DepthDistribution.of(
                      other.source(), other.evaluation().outcome(found).exits()))));
    }
    if (rows.isEmpty()) {
      return new DepthComparison(report.name(), rows, List.of());
    }
    Row middle = rows.get(rows.size() / 2);
    return new DepthComparison(
        report.name(),
        rows,
        List.of(
            named(middle.first(), data + ", " + EvaluationTables.speedup(middle.asked())),
            named(middle.second(), other.source())));
  }

  /** Patience has no threshold to choose; energy stands in. */
  static ExitSignal signalOf(RuleKind rule) {
    return rule.signal().orElse(ExitSignal.ENERGY);
  }

  /** The total variation distance of the two that are drawn; none if nothing is. */
  OptionalDouble distance() {
    return drawn.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(drawn.getFirst().distance(drawn.getLast()));
  }

  static TextTable table(List<DepthComparison> comparisons) {
    boolean alone = comparisons.size() == 1;
    var columns =
        List.of("checkpoint", "same threshold", "data leaves at", "compared leaves at", "distance");
    var table =
        new TextTable(columns.subList(alone ? 1 : 0, columns.size()).toArray(new String[0]));
    for (DepthComparison comparison : comparisons) {
      for (Row row : comparison.rows()) {
        List<String> cells =
            List.of(
                comparison.checkpoint(),
                EvaluationTables.speedup(row.asked()),
                shares(row.first()),
                shares(row.second()),
                String.format(Locale.ROOT, "%.3f", row.first().distance(row.second())));
        table.row(cells.subList(alone ? 1 : 0, cells.size()).toArray(new String[0]));
      }
    }
    return table;
  }

  /** What a picture shows of all: each under its checkpoint's name, where there are several. */
  static List<DepthDistribution> drawn(List<DepthComparison> comparisons) {
    return comparisons.stream()
        .flatMap(comparison ->
            comparison.drawn().stream()
                .map(one ->
                    comparisons.size() == 1
                        ? one
                        : named(one, comparison.checkpoint() + ": " + one.name())))
        .toList();
  }

  private static DepthDistribution named(DepthDistribution distribution, String name) {
    return new DepthDistribution(name, distribution.shares());
  }

  private static String shares(DepthDistribution distribution) {
    return "%: "
        + String.join(
            " ",
            distribution.shares().stream()
                .map(share -> String.format(Locale.ROOT, "%.0f", 100 * share))
                .toList());
  }
}
