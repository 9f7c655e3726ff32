package dev.offramp.cli;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.Metric;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.report.EvaluationReport;
import dev.offramp.trainer.report.ExitMeasures;
import dev.offramp.trainer.report.MetricCurve;
import dev.offramp.trainer.report.SignalTransfer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The tables of {@code offramp evaluate}. */
final class EvaluationTables {
  private EvaluationTables() {}

  /** Every rule of every checkpoint: the metric of the full model, at speed-ups, on the whole. */
  static TextTable curves(List<EvaluationReport> reports) {
    var header = new ArrayList<>(List.of("checkpoint", "rule", "metric", "full"));
    EvaluationReport.READ_AT.forEach(speedup -> header.add(speedup(speedup)));
    header.add("area 1x to 6x");
    var table = new TextTable(header.toArray(String[]::new));
    for (EvaluationReport report : reports) {
      for (MetricCurve curve : report.curves()) {
        var row =
            new ArrayList<>(
                List.of(
                    report.name(),
                    curve.rule().words(),
                    curve.metric().words(),
                    value(curve.metric(), curve.full())));
        for (double speedup : EvaluationReport.READ_AT) {
          row.add(curve.at(speedup).map(v -> value(curve.metric(), v)).orElse("-"));
        }
        boolean whole = curve.areaTo() == MetricCurve.AREA_TO;
        row.add(
            value(curve.metric(), curve.areaUnderCurve())
                + (whole ? "" : " (to " + speedup(curve.areaTo()) + ")"));
        table.row(row.toArray(String[]::new));
      }
    }
    return table;
  }

  static TextTable exits(EvaluationReport report) {
    var header =
        new ArrayList<>(
            List.of(
                "all leave at exit", report.metric().words(), "agreement", "calibration error"));
    for (ExitSignal signal : ExitSignal.values()) {
      header.add("DIS " + signal.id().replace('_', ' '));
    }
    var table = new TextTable(header.toArray(String[]::new));
    for (ExitMeasures exit : report.exits()) {
      var row =
          new ArrayList<>(
              List.of(
                  Integer.toString(exit.depth()),
                  value(report.metric(), exit.metric()),
                  EvaluateCommand.percent(exit.agreement()),
                  String.format(Locale.ROOT, "%.3f", exit.calibrationError())));
      for (Optional<Double> inversion : exit.difficultyInversion().values()) {
        row.add(inversion.map(v -> String.format(Locale.ROOT, "%.3f", v)).orElse("-"));
      }
      table.row(row.toArray(String[]::new));
    }
    return table;
  }

  static TextTable tiers(EvaluationReport report, Tiers tiers, RecordedTraces recorded) {
    var table =
        new TextTable(
            "tier",
            report.metric().words(),
            "agreement",
            "mean exit depth",
            "layer speed-up",
            "exits",
            "promise");
    for (Tier tier : tiers.tiers()) {
      Evaluation.Outcome outcome = report.evaluation().outcome(tier.rule());
      table.row(
          tier.name(),
          value(report.metric(), report.metricUnder(tier.rule())),
          EvaluateCommand.percent(outcome.agreement()),
          String.format(Locale.ROOT, "%.2f", outcome.meanExitDepth()),
          String.format(Locale.ROOT, "%.2fx", outcome.layerSpeedup()),
          String.join(" ", outcome.exits().stream().map(String::valueOf).toList()),
          promise(tier, recorded));
    }
    return table;
  }

  private static String promise(Tier tier, RecordedTraces recorded) {
    return tier.certificate()
        .map(certificate ->
            certificate.covers(recorded.checkpointSha256(), recorded.precision())
                ? CalibrateCommand.promise(certificate)
                : "void: made for another checkpoint or precision; calibrate again")
        .orElse("");
  }

  /** The signals side by side, each at its own safest threshold for the same speed-up. */
  static TextTable signals(EvaluationReport report, List<Double> speedups) {
    var table =
        new TextTable(
            "signal", "asked", "threshold", report.metric().words(), "agreement", "layer speed-up");
    for (ExitSignal signal : ExitSignal.values()) {
      for (double asked : speedups) {
        report
            .evaluation()
            .atSpeedup(signal, report.temperature(), asked)
            .ifPresent(rule -> {
              Evaluation.Outcome outcome = report.evaluation().outcome(rule);
              table.row(
                  signal.id(),
                  speedup(asked),
                  String.format(Locale.ROOT, "%.4f", rule.threshold()),
                  value(report.metric(), report.metricUnder(rule)),
                  EvaluateCommand.percent(outcome.agreement()),
                  String.format(Locale.ROOT, "%.2fx", outcome.layerSpeedup()));
            });
      }
    }
    return table;
  }

  static TextTable transfer(EvaluationReport report) {
    var table = new TextTable("signal", "transfer error between exits", "exits used by even draws");
    for (SignalTransfer transfer : report.transfer()) {
      table.row(
          transfer.signal().replace('_', ' '),
          String.format(Locale.ROOT, "%.3f", transfer.transferError()),
          String.format(
              Locale.ROOT, "%.2f of %d", transfer.exitsUsed(), report.evaluation().layers()));
    }
    return table;
  }

  /** A metric as a person reads it: shares in percent, correlations as they are. */
  static String value(Metric metric, double value) {
    return switch (metric) {
      case ACCURACY, F1, AGREEMENT -> EvaluateCommand.percent(value);
      case MATTHEWS -> String.format(Locale.ROOT, "%.4f", value);
    };
  }

  static String speedup(double speedup) {
    return String.format(Locale.ROOT, "%.2f", speedup).replaceFirst("\\.?0+$", "") + "x";
  }
}
