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

/**
 * Whether the texts of two files leave at the same depths, at thresholds chosen on the first.
 *
 * @param rows one a speed-up that was reached
 * @param drawn the two distributions in the middle, for a picture; empty if there is none
 */
record DepthComparison(List<Row> rows, List<DepthDistribution> drawn) {
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
      return new DepthComparison(rows, List.of());
    }
    Row middle = rows.get(rows.size() / 2);
    return new DepthComparison(
        rows,
        List.of(
            named(middle.first(), data + ", " + EvaluationTables.speedup(middle.asked())),
            named(middle.second(), other.source())));
  }

  /** Patience has no threshold to choose; energy stands in. */
  static ExitSignal signalOf(RuleKind rule) {
    return rule.signal().orElse(ExitSignal.ENERGY);
  }

  TextTable table() {
    var table = new TextTable("same threshold", "data leaves at", "compared leaves at", "distance");
    for (Row row : rows) {
      table.row(
          EvaluationTables.speedup(row.asked()),
          shares(row.first()),
          shares(row.second()),
          String.format(Locale.ROOT, "%.3f", row.first().distance(row.second())));
    }
    return table;
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
