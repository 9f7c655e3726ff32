package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.state.CountBatch.Bucket;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.CountBatch.Measure;
import dev.offramp.server.experiment.state.CountBatch.Sums;
import java.util.HashMap;
import java.util.Map;

/**
 * Adds up what happens in one arm.
 *
 * <p>Threading: one thread.
 */
final class ArmTally {
  private final Map<String, Long> counts = new HashMap<>();
  private final Map<Long, Long> depths = new HashMap<>();
  private final Map<Long, Long> latencies = new HashMap<>();

  private long exposures;
  private long named;
  private double millis;
  private double squaresOfMillis;
  private double layers;
  private double squaresOfLayers;

  void exposed(int depth, long nanos) {
    exposures++;
    depths.merge((long) depth, 1L, Long::sum);
    latencies.merge(Latencies.bucket(nanos / 1_000), 1L, Long::sum);
    double took = nanos / 1e6;
    millis += took;
    squaresOfMillis += took * took;
    layers += depth;
    squaresOfLayers += (double) depth * depth;
  }

  /** Whose exposure the last one was is known, be it the first of that unit or another one. */
  void named() {
    named++;
  }

  void count(String kind) {
    counts.merge(kind, 1L, Long::sum);
  }

  /** Adds rows to those of other arms; all exposures of named units are repeats in them. */
  void write(
      String experiment,
      String arm,
      Map<Count, Long> allCounts,
      Map<Bucket, Long> buckets,
      Map<Measure, Sums> sums) {
    counts.forEach((kind, n) -> allCounts.put(new Count(experiment, arm, kind, ""), n));
    if (exposures == 0) {
      return;
    }
    allCounts.put(new Count(experiment, arm, Count.EXPOSURE, ""), exposures);
    if (named > 0) {
      allCounts.put(new Count(experiment, arm, Count.REPEAT, ""), named);
    }
    depths.forEach(
        (depth, n) -> buckets.put(new Bucket(experiment, arm, Bucket.EXIT_DEPTH, depth), n));
    latencies.forEach(
        (micros, n) -> buckets.put(new Bucket(experiment, arm, Bucket.LATENCY, micros), n));
    sums.put(
        new Measure(experiment, arm, Metric.LATENCY), new Sums(exposures, millis, squaresOfMillis));
    sums.put(
        new Measure(experiment, arm, Metric.EXIT_DEPTH),
        new Sums(exposures, layers, squaresOfLayers));
  }
}
