package dev.offramp.server.admin;

import dev.offramp.model.exit.Exit;
import dev.offramp.server.audit.AuditStatistics;
import dev.offramp.server.cache.CacheStatistics;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Paced;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.registry.ServedModel;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The server's numbers for Prometheus, read when it asks. Threading: safe for all threads. */
final class Metrics {

  private final Sources sources;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer =
      PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();

  Metrics(Sources sources) {
    this.sources = sources;
    TrafficMetrics.register(registry, sources);
    LookMetrics.register(registry, this::looks);
    answers();
    cache();
    tiers();
    audits("done", AuditStatistics::done);
    audits("dropped", AuditStatistics::dropped);
    audits("failed", AuditStatistics::failed);
    sources.experiments().ifPresent(this::experiments);
    GaugeWithCallback.builder()
        .name("offramp_predicted_wait_seconds")
        .help("How long a new text is predicted to wait for a worker.")
        .callback(gauge -> gauge.call(sources.engine().predictedWait().toNanos() / 1e9))
        .register(registry);
    GaugeWithCallback.builder()
        .name("offramp_short_of_time")
        .help("1 while requests that allow it get bolder tiers.")
        .callback(gauge -> gauge.call(sources.shortOfTime().getAsBoolean() ? 1 : 0))
        .register(registry);
    sources
        .watch()
        .ifPresent(watch ->
            GaugeWithCallback.builder()
                .name("offramp_watch_not_served")
                .help(
                    "Artifacts in the watched directory that could not be served, and its labels.")
                .callback(gauge -> gauge.call(watch.notServed()))
                .register(registry));
  }

  private List<Paced.Progress> looks() {
    return Stream.concat(
            Stream.of(sources.tiers().progress()),
            sources.experiments().stream().flatMap(all -> all.looks().stream()))
        .toList();
  }

  private void answers() {
    CounterWithCallback.builder()
        .name("offramp_answers_total")
        .help("Answers by the exit that gave them.")
        .labelNames("model", "version", "depth")
        .callback(counter -> {
          for (ServedModel model : sources.registry().catalog().models()) {
            long[] byDepth = model.exits().byDepth();
            for (int i = 0; i < byDepth.length; i++) {
              counter.call(
                  (double) byDepth[i], model.name(), model.version(), String.valueOf(i + 1));
            }
          }
        })
        .register(registry);
    CounterWithCallback.builder()
        .name("offramp_exit_reasons_total")
        .help("Answers by why the text left: its rule, the last exit, its deadline.")
        .labelNames("model", "version", "reason")
        .callback(counter -> {
          for (ServedModel model : sources.registry().catalog().models()) {
            for (Exit.Reason reason : Exit.Reason.values()) {
              counter.call(
                  (double) model.exits().of(reason),
                  model.name(),
                  model.version(),
                  reason.name().toLowerCase(Locale.ROOT));
            }
          }
        })
        .register(registry);
  }

  private void cache() {
    lookups("hit", CacheStatistics::hits);
    lookups("resumed", CacheStatistics::partialHits);
    lookups("coalesced", CacheStatistics::coalesced);
    lookups("miss", CacheStatistics::misses);
    CounterWithCallback.builder()
        .name("offramp_cache_evictions_total")
        .help("Traces dropped for want of room, or too old.")
        .callback(counter -> counter.call((double) sources.cache().statistics().evictions()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("offramp_cache_bytes")
        .help("Memory of the cache, about.")
        .labelNames("of")
        .callback(gauge -> {
          CacheStatistics cache = sources.cache().statistics();
          gauge.call((double) cache.traceBytes(), "traces");
          gauge.call((double) cache.rowBytes(), "rows");
        })
        .register(registry);
  }

  private void lookups(String outcome, ToDoubleFunction<CacheStatistics> value) {
    CounterWithCallback.builder()
        .name("offramp_cache_" + outcome + "_total")
        .help("Requests that the cache found so: " + outcome + ".")
        .callback(counter -> counter.call(value.applyAsDouble(sources.cache().statistics())))
        .register(registry);
  }

  private void tiers() {
    GaugeWithCallback.builder()
        .name("offramp_tier_drift_alarm")
        .help("1 where audits refute a tier's certificate.")
        .labelNames("model", "version", "tier")
        .callback(gauge -> {
          for (ServedModel model : sources.registry().catalog().models()) {
            for (String tier : model.manifest().tiers().names()) {
              var audited = new AuditedTier(model.name(), model.calibratedVersion(), tier);
              gauge.call(
                  sources.tiers().health(audited).alarm() ? 1 : 0,
                  model.name(),
                  model.version(),
                  tier);
            }
          }
        })
        .register(registry);
  }

  private void experiments(Experiments experiments) {
    GaugeWithCallback.builder()
        .name("offramp_experiment_state_away")
        .help("1 while counts of experiments cannot be delivered to their database.")
        .callback(gauge -> gauge.call(experiments.counting().away() ? 1 : 0))
        .register(registry);
    GaugeWithCallback.builder()
        .name("offramp_experiment_journal_bytes")
        .help("What events that are not known to be counted take on disk, in whole files.")
        .callback(gauge -> gauge.call((double) experiments.counting().journalBytes()))
        .register(registry);
    CounterWithCallback.builder()
        .name("offramp_experiment_events_lost_total")
        .help("Events of experiments that found no room on disk.")
        .callback(counter -> counter.call((double) experiments.counting().lost()))
        .register(registry);
    CounterWithCallback.builder()
        .name("offramp_experiment_requests_total")
        .help(
            "Requests of arms that this server counted: an exposure, or why the arm was not applied.")
        .labelNames("experiment", "arm", "outcome")
        .callback(counter ->
            experiments
                .counting()
                .requests()
                .forEach((of, n) -> counter.call((double) n, of.experiment(), of.arm(), of.kind())))
        .register(registry);
  }

  private void audits(String outcome, ToDoubleFunction<AuditStatistics> value) {
    CounterWithCallback.builder()
        .name("offramp_audits_" + outcome + "_total")
        .help("Audits since the server started: " + outcome + ".")
        .callback(counter -> counter.call(value.applyAsDouble(sources.audits().statistics())))
        .register(registry);
  }

  /** All numbers as they are now. */
  Response page() {
    var text = new ByteArrayOutputStream();
    try {
      writer.write(text, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Response(200, writer.getContentType(), text.toByteArray(), "");
  }
}
