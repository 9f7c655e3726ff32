package dev.offramp.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.Paced.Progress;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LookMetricsTest {

  @Test
  void register_looksThatFailed_areCountedWithTheAgeOfTheLastSuccess() throws IOException {
    var registry = new PrometheusRegistry();
    LookMetrics.register(
        registry,
        () ->
            List.of(
                new Progress("counts", 3, Duration.ofMillis(61_500)),
                new Progress("ramps", 0, Duration.ZERO)));
    var text = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.builder().build().write(text, registry.scrape());
    assertThat(
            text.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("# H")))
        .containsExactly(
            "# TYPE offramp_look_success_age_seconds gauge",
            "offramp_look_success_age_seconds{look=\"counts\"} 61.5",
            "offramp_look_success_age_seconds{look=\"ramps\"} 0.0",
            "# TYPE offramp_looks_failed_total counter",
            "offramp_looks_failed_total{look=\"counts\"} 3.0",
            "offramp_looks_failed_total{look=\"ramps\"} 0.0");
  }
}
