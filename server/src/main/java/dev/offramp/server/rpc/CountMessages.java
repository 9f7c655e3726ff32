package dev.offramp.server.rpc;

import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.count.Latencies;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.wire.ExperimentMessages;
import dev.offramp.server.wire.StatusMessages;
import dev.offramp.server.wire.Times;
import dev.offramp.v1.ArmCounts;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.LatencyQuantiles;
import dev.offramp.v1.MetricSums;
import dev.offramp.v1.NotApplied;

/** What was counted and logged, on the wire. */
final class CountMessages {

  /** An experiment with its counts. */
  static GetExperimentResponse.Builder write(ExperimentStatus status, Totals totals) {
    var response =
        GetExperimentResponse.newBuilder()
            .setStatus(StatusMessages.write(status))
            .setCrossedUnits(totals.crossed());
    status
        .experiment()
        .arms()
        .forEach(arm -> response.addArms(write(arm.name(), totals.arm(arm.name()))));
    return response;
  }

  private static ArmCounts write(String arm, ArmTotals totals) {
    var message =
        ArmCounts.newBuilder()
            .setArm(arm)
            .setExposures(totals.count(Count.EXPOSURE))
            .setUnits(totals.units())
            .setNotApplied(notApplied(totals));
    if (!totals.depths().isEmpty()) {
      for (long depth = 1; depth <= totals.depths().lastKey(); depth++) {
        message.addExitDepths(totals.depths().getOrDefault(depth, 0L));
      }
      totals
          .depths()
          .forEach((depth, n) -> message.setExitDepthSum(message.getExitDepthSum() + depth * n));
    }
    if (!totals.latencies().isEmpty()) {
      message.setLatency(
          LatencyQuantiles.newBuilder()
              .setP50(Times.write(Latencies.quantile(totals.latencies(), 0.5)))
              .setP90(Times.write(Latencies.quantile(totals.latencies(), 0.9)))
              .setP99(Times.write(Latencies.quantile(totals.latencies(), 0.99))));
    }
    totals
        .metrics()
        .forEach((name, sums) ->
            message.addMetrics(
                MetricSums.newBuilder()
                    .setName(name)
                    .setN(sums.n())
                    .setSum(sums.y())
                    .setSumOfSquares(sums.yy())));
    return message.build();
  }

  /** Requests of an arm that were answered otherwise. */
  static NotApplied notApplied(ArmTotals totals) {
    return NotApplied.newBuilder()
        .setDeadline(totals.count(Event.Why.DEADLINE.kind()))
        .setBrownOut(totals.count(Event.Why.BROWN_OUT.kind()))
        .setDrift(totals.count(Event.Why.DRIFT.kind()))
        .setNotServed(totals.count(Event.Why.NOT_SERVED.kind()))
        .build();
  }

  /** An entry of the audit log. */
  static dev.offramp.v1.AuditEntry write(AuditEntry entry) {
    ExperimentStatus after = entry.after();
    return dev.offramp.v1.AuditEntry.newBuilder()
        .setSequence(entry.sequence())
        .setName(after.name())
        .setVersion(after.version())
        .setAction(entry.action())
        .setWho(entry.who())
        .setWhy(entry.why())
        .setAt(Times.write(after.changed()))
        .setState(StatusMessages.write(after.state()))
        .setPromotedArm(after.promotedArm())
        .addAllStoppedArms(after.arms().stopped())
        .setExperiment(ExperimentMessages.write(after.experiment()))
        .build();
  }

  private CountMessages() {}
}
