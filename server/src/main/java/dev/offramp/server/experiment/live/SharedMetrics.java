package dev.offramp.server.experiment.live;

import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Metric;
import dev.offramp.server.refusal.Refusal;
import java.util.List;

/**
 * Keeps the bounds of reported metrics the same everywhere: what is reported of a unit counts in
 * all experiments that it is in, so a value is refused by the bounds of one for all of them.
 */
final class SharedMetrics {

  /**
   * Refuses an experiment that bounds a metric otherwise than one under way does.
   *
   * @throws Refusal which names the other
   */
  static void require(Experiment experiment, List<ExperimentStatus> all) {
    for (ExperimentStatus other : all) {
      if (other.state().isUnderWay() && !other.name().equals(experiment.name())) {
        experiment.metrics().forEach(metric -> require(metric, other));
      }
    }
  }

  private static void require(Metric metric, ExperimentStatus other) {
    if (metric.bounds().isEmpty() || metric.name().startsWith(Metric.MEASURED)) {
      return;
    }
    Metric.Bounds bounds = metric.bounds().get();
    other
        .experiment()
        .metrics()
        .filter(known -> known.name().equals(metric.name()))
        .flatMap(known -> known.bounds().stream())
        .filter(known -> !known.equals(bounds))
        .forEach(known -> {
          throw Refusal.precondition(
              "metric: %s: min, max: %s, %s (expected: %s, %s, as %s has it, which is under way; what is reported counts in both)"
                  .formatted(
                      metric.name(),
                      bounds.min(),
                      bounds.max(),
                      known.min(),
                      known.max(),
                      other.name()));
        });
  }

  private SharedMetrics() {}
}
