package dev.offramp.trainer.study;

import dev.offramp.trainer.report.MetricCurve;
import java.util.List;

/**
 * What one run gave, by a plan's rule and metric.
 *
 * @param set the data set's name
 * @param objective the objective's name
 * @param seed the run's seed
 * @param settings what it was trained with
 * @param trainSeconds how long it trained, since it was last started
 * @param warnings what training advised, such as that a part of its loss is without effect
 * @param curve over the set's dev texts
 */
public record CellResult(
    String set,
    String objective,
    long seed,
    String settings,
    double trainSeconds,
    List<String> warnings,
    MetricCurve curve) {
  public CellResult {
    warnings = List.copyOf(warnings);
  }
}
