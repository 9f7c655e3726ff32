package dev.offramp.server.admin;

import dev.offramp.server.experiment.Paced;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.Supplier;

/** How what is done behind requests goes. Threading: safe for all threads. */
final class LookMetrics {

  private LookMetrics() {}

  static void register(PrometheusRegistry registry, Supplier<List<Paced.Progress>> looks) {
    CounterWithCallback.builder()
        .name("offramp_looks_failed_total")
        .help("Looks, deliveries among them, that failed and were tried again.")
        .labelNames("look")
        .callback(counter ->
            looks.get().forEach(look -> counter.call((double) look.failed(), look.name())))
        .register(registry);
    GaugeWithCallback.builder()
        .name("offramp_look_success_age_seconds")
        .help("Since the last such look that did not fail, or since the first was due.")
        .labelNames("look")
        .callback(gauge ->
            looks
                .get()
                .forEach(look -> gauge.call(look.sinceSuccess().toNanos() / 1e9, look.name())))
        .register(registry);
  }
}
