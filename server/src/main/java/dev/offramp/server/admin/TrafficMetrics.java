package dev.offramp.server.admin;

import dev.offramp.server.engine.TimeBuckets;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.server.registry.TierTraffic;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.Locale;

/** How calls went, and how long texts waited and answers took. Threading: safe for all threads. */
final class TrafficMetrics {

  private static final double[] BOUNDS = bounds();

  private final Sources sources;

  private TrafficMetrics(Sources sources) {
    this.sources = sources;
  }

  static void register(PrometheusRegistry registry, Sources sources) {
    var metrics = new TrafficMetrics(sources);
    CounterWithCallback.builder()
        .name("offramp_calls_total")
        .help("gRPC calls that ended, by method and status.")
        .labelNames("method", "code")
        .callback(counter ->
            sources
                .calls()
                .ended()
                .forEach(of -> counter.call((double) of.calls(), of.method(), of.code().name())))
        .register(registry);
    CounterWithCallback.builder()
        .name("offramp_refused_total")
        .help("Calls that were refused though they may have been sound, by why.")
        .labelNames("cause")
        .callback(counter ->
            sources
                .calls()
                .refused()
                .forEach((cause, calls) ->
                    counter.call((double) calls, cause.name().toLowerCase(Locale.ROOT))))
        .register(registry);
    CounterWithCallback.builder()
        .name("offramp_browned_out_total")
        .help("Answers by a bolder tier than was to be applied, by the tier that was.")
        .labelNames("model", "version", "tier")
        .callback(counter -> {
          for (ServedModel model : sources.registry().catalog().models()) {
            for (TierTraffic.OfTier of : model.traffic().tiers()) {
              counter.call((double) of.brownedOut(), model.name(), model.version(), of.tier());
            }
          }
        })
        .register(registry);
    Collector latencies = metrics::latencies;
    registry.register(latencies);
    Collector waits = metrics::waits;
    registry.register(waits);
  }

  private static double[] bounds() {
    long[] nanos = TimeBuckets.boundNanos();
    double[] seconds = new double[nanos.length + 1];
    Arrays.setAll(seconds, i -> i < nanos.length ? nanos[i] / 1e9 : Double.POSITIVE_INFINITY);
    return seconds;
  }

  private HistogramSnapshot latencies() {
    var snapshot =
        HistogramSnapshot.builder()
            .name("offramp_answer_seconds")
            .help("From a request's arrival until its answer was made, by the tier applied.");
    for (ServedModel model : sources.registry().catalog().models()) {
      for (TierTraffic.OfTier of : model.traffic().tiers()) {
        snapshot.dataPoint(
            point(
                of.times(),
                Labels.of("model", model.name(), "version", model.version(), "tier", of.tier())));
      }
    }
    return snapshot.build();
  }

  private HistogramSnapshot waits() {
    var snapshot =
        HistogramSnapshot.builder()
            .name("offramp_queue_wait_seconds")
            .help("How long texts waited until a worker took them to run their first layer.");
    for (ServedModel model : sources.registry().catalog().models()) {
      snapshot.dataPoint(
          point(
              model.lane().waits().counted(),
              Labels.of("model", model.name(), "version", model.version())));
    }
    return snapshot.build();
  }

  private static HistogramDataPointSnapshot point(TimeBuckets.Counted times, Labels labels) {
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(
            ClassicHistogramBuckets.of(
                BOUNDS, times.counts().stream().mapToLong(Long::longValue).toArray()))
        .sum(times.nanos() / 1e9)
        .labels(labels)
        .build();
  }
}
