package dev.offramp.server.admin;

import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.state.Totals;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Counts of experiments, read anew unless they were a moment ago: where reading takes long, pages
 * show what was known then, so that it takes a twentieth of the time at most, however many pages
 * are open.
 *
 * <p>Threading: safe for all threads; those who ask for one experiment at once wait for one
 * reading.
 */
final class RecentTotals {

  /** Of the time, one part is for reading an experiment's counts. */
  private static final int PARTS = 20;

  private record Reading(Experiment experiment, Totals totals, long endNanos, long tookNanos) {}

  private final Function<Experiment, Totals> counts;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Reading> readings = new ConcurrentHashMap<>();

  /** None read yet. */
  RecentTotals(Function<Experiment, Totals> counts, LongSupplier nanoTime) {
    this.counts = counts;
    this.nanoTime = nanoTime;
  }

  /** An experiment's; of another definition under the same name they are read anew. */
  Totals of(Experiment experiment) {
    return readings
        .compute(
            experiment.name(),
            (_, before) -> {
              long now = nanoTime.getAsLong();
              if (before != null
                  && before.experiment().equals(experiment)
                  && now - before.endNanos() < (PARTS - 1) * before.tookNanos()) {
                return before;
              }
              Totals totals = counts.apply(experiment);
              long end = nanoTime.getAsLong();
              return new Reading(experiment, totals, end, end - now);
            })
        .totals();
  }
}
