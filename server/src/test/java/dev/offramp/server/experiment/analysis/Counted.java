package dev.offramp.server.experiment.analysis;

import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.ArmSums;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** An arm of a model of 4 layers. */
final class Counted {
  static final double ALPHA = 0.05;

  final Map<String, Long> counts = new TreeMap<>();
  final TreeMap<Long, Long> latencies = new TreeMap<>();
  final TreeMap<String, ArmSums> metrics = new TreeMap<>();
  long units;

  Counted units(long units) {
    this.units = units;
    return this;
  }

  Counted count(String kind, long n) {
    counts.put(kind, n);
    return this;
  }

  Counted metric(String name, long n, double mean, double deviation) {
    metrics.put(name, ArmSums.of(n, n * mean, n * (mean * mean + deviation * deviation)));
    return this;
  }

  /** What the counts of two arms say, control and bold. */
  static Analysis analyze(Experiment experiment, Counted control, Counted bold) {
    return Analysis.of(
        experiment,
        ArmStates.NONE,
        new Totals(Map.of("control", control.make(), "bold", bold.make()), 0),
        OptionalInt.of(4),
        ALPHA);
  }

  ArmTotals make() {
    return new ArmTotals(counts, units, new TreeMap<>(), latencies, metrics);
  }
}
