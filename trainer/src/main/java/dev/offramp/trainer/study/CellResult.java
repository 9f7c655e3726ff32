package dev.offramp.trainer.study;

import dev.offramp.trainer.report.MetricCurve;

/**
 * What one run gave.
 *
 * @param set the data set's name
 * @param objective the objective's name
 * @param seed the run's seed
 * @param settings what it was trained with: a result of other settings does not count
 * @param trainSeconds how long it trained, since it was last started
 * @param curve over the set's dev texts
 */
public record CellResult(
    String set,
    String objective,
    long seed,
    String settings,
    double trainSeconds,
    MetricCurve curve) {}
