package dev.offramp.cli;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.offramp.v1.Arm;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentState;
import dev.offramp.v1.ExperimentStatus;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.MetricSums;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Experiments, their counts and their log as tables. */
final class ExperimentTables {

  /** Such as {@code sst2-x3: running, version 2, coverage 10 %}. */
  static String line(ExperimentStatus status) {
    return "%s: %s%s, version %d, coverage %s"
        .formatted(
            status.getExperiment().getName(),
            state(status.getState()),
            status.getPromotedArm().isEmpty() ? "" : " " + status.getPromotedArm(),
            status.getVersion(),
            percent(status.getExperiment().getCoverage()));
  }

  private static String state(ExperimentState state) {
    return state.name().replace("EXPERIMENT_STATE_", "").toLowerCase(Locale.ROOT);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.4g", 100 * share).replaceAll("\\.?0+$", "") + " %";
  }

  static String list(List<ExperimentStatus> all) {
    var table = new TextTable("experiment", "model", "state", "coverage", "version", "arms");
    for (ExperimentStatus status : all) {
      Experiment experiment = status.getExperiment();
      table.row(
          experiment.getName(),
          experiment.getModel(),
          state(status.getState()),
          percent(experiment.getCoverage()),
          Long.toString(status.getVersion()),
          String.join(" ", experiment.getArmsList().stream().map(Arm::getName).toList()));
    }
    return table.render();
  }

  static String arms(GetExperimentResponse shown) {
    var table =
        new TextTable(
            "arm",
            "gets",
            "weight",
            "units",
            "exposures",
            "not applied",
            "mean depth",
            "p50",
            "p99");
    List<Arm> arms = shown.getStatus().getExperiment().getArmsList();
    for (int i = 0; i < shown.getArmsCount(); i++) {
      ArmCounts counts = shown.getArms(i);
      var missed = counts.getNotApplied();
      long exposures = counts.getExposures();
      table.row(
          counts.getArm(),
          treatment(arms.get(i)),
          percent(arms.get(i).getWeight()),
          Long.toString(counts.getUnits()),
          Long.toString(exposures),
          Long.toString(missed.getDeadline() + missed.getBrownOut() + missed.getNotServed()),
          exposures == 0
              ? "-"
              : String.format(Locale.ROOT, "%.2f", (double) counts.getExitDepthSum() / exposures),
          exposures == 0 ? "-" : millis(counts.getLatency().getP50()),
          exposures == 0 ? "-" : millis(counts.getLatency().getP99()));
    }
    return table.render();
  }

  private static String treatment(Arm arm) {
    return switch (arm.getTreatmentCase()) {
      case TIER -> arm.getTier();
      case MODEL_VERSION -> "version " + arm.getModelVersion();
      case EXIT_RULE -> "a rule";
      case TREATMENT_NOT_SET -> "-";
    };
  }

  private static String millis(Duration duration) {
    return String.format(
        Locale.ROOT, "%.1f ms", 1e3 * duration.getSeconds() + duration.getNanos() / 1e6);
  }

  static String metrics(GetExperimentResponse shown) {
    var table = new TextTable("metric", "arm", "n", "mean", "standard deviation");
    for (ArmCounts counts : shown.getArmsList()) {
      for (MetricSums sums : counts.getMetricsList()) {
        double mean = sums.getSum() / sums.getN();
        double variance =
            Math.max(0, sums.getSumOfSquares() - sums.getN() * mean * mean)
                / Math.max(1, sums.getN() - 1);
        table.row(
            sums.getName(),
            counts.getArm(),
            Long.toString(sums.getN()),
            String.format(Locale.ROOT, "%.4g", mean),
            String.format(Locale.ROOT, "%.4g", Math.sqrt(variance)));
      }
    }
    return table.render();
  }

  static String log(List<AuditEntry> entries) {
    var table = new TextTable("at", "experiment", "version", "action", "state", "who", "why");
    for (AuditEntry entry : entries) {
      table.row(
          time(entry.getAt()),
          entry.getName(),
          Long.toString(entry.getVersion()),
          entry.getAction(),
          state(entry.getState()),
          entry.getWho(),
          entry.getWhy());
    }
    return table.render();
  }

  private static String time(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds()).toString();
  }

  private ExperimentTables() {}
}
