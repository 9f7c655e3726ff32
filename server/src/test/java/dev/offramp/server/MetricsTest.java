package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What Prometheus reads. */
final class MetricsTest extends ConsoleFixture {

  private String metrics() {
    return Http.get(port, "/metrics").body();
  }

  @Test
  void queueWait_equalTexts_countsTheOneThatWasComputed() {
    assertThat(metrics())
        .contains("offramp_queue_wait_seconds_count{model=\"sst2\",version=\"1\"} 0");
    classify(3); // The cache answers the second and the third; the audits' wait is nobody's.
    assertThat(metrics())
        .contains(
            "# TYPE offramp_queue_wait_seconds histogram",
            "offramp_queue_wait_seconds_bucket{model=\"sst2\",version=\"1\",le=\"+Inf\"} 1",
            "offramp_queue_wait_seconds_count{model=\"sst2\",version=\"1\"} 1")
        .containsPattern(
            "offramp_queue_wait_seconds_sum\\{model=\"sst2\",version=\"1\"} \\d+\\.\\d");
  }
}
