package dev.offramp.cli;

import com.google.protobuf.Timestamp;
import dev.offramp.v1.Arm;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentState;
import dev.offramp.v1.ExperimentStatus;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.RampProgress;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Experiments and their log as tables. */
final class ExperimentTables {

  /** Such as {@code sst2-x3: running, version 2, coverage 10 %}. */
  static String line(ExperimentStatus status) {
    return "%s: %s%s, version %d, coverage %s%s"
        .formatted(
            status.getExperiment().getName(),
            state(status.getState()),
            status.getPromotedArm().isEmpty() ? "" : " " + status.getPromotedArm(),
            status.getVersion(),
            percent(status.getExperiment().getCoverage()),
            status.getStoppedArmsCount() == 0
                ? ""
                : ", without " + String.join(", ", status.getStoppedArmsList()));
  }

  /** Such as {@code ramp held at 10 %, next 50 %: arm bold is worse by conversion}. */
  static String ramp(GetExperimentResponse shown) {
    RampProgress ramp = shown.getRamp();
    return "ramp %s at %s%s: %s"
        .formatted(
            ramp.getState().name().replace("RAMP_STATE_", "").toLowerCase(Locale.ROOT),
            percent(shown.getStatus().getExperiment().getCoverage()),
            ramp.hasNextCoverage() ? ", next " + percent(ramp.getNextCoverage()) : "",
            ramp.getReason());
  }

  private static String state(ExperimentState state) {
    return state.name().replace("EXPERIMENT_STATE_", "").toLowerCase(Locale.ROOT);
  }

  static String percent(double share) {
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
