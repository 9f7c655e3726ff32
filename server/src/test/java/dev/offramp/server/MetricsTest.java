package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.offramp.v1.ClassifyRequest;
import io.grpc.Status;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Prometheus reads. */
final class MetricsTest extends ConsoleFixture {

  private String metrics() {
    return Http.get(port, "/metrics").body();
  }

  @Test
  void refused_timeThatIsOver_isCountedByItsCauseAndTheOthersAreThere() {
    Status status =
        calls.statusOf(
            ClassifyRequest.newBuilder()
                .setText("a good film")
                .setTier("full")
                .setTimeout(Duration.newBuilder().setNanos(1_000)));
    assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(calls.statusOf(ClassifyRequest.newBuilder().setText("a").setTier("none")).getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
    // A caller may hear of its call's end before it is counted.
    await()
        .untilAsserted(() ->
            assertThat(metrics())
                // The first if looking at the request took longer than that.
                .containsPattern("offramp_refused_total\\{cause=\"(expired|too_short)\"} 1")
                .contains("code=\"NOT_FOUND\",method=\"offramp.v1.InferenceService/Classify\"} 1"));
    assertThat(metrics())
        .contains(
            "offramp_refused_total{cause=\"wait\"} 0",
            "offramp_refused_total{cause=\"texts\"} 0",
            "offramp_refused_total{cause=\"late\"} 0",
            "offramp_refused_total{cause=\"long_texts\"} 0",
            "offramp_refused_total{cause=\"calls\"} 0",
            "offramp_refused_total{cause=\"counts\"} 0",
            "offramp_refused_total{cause=\"disk\"} 0",
            "offramp_refused_total{cause=\"state_away\"} 0",
            "offramp_refused_total{cause=\"closing\"} 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"audits", "experiments", "counts", "guardrails", "ramps", "books"})
  void looks_databaseThere_haveNotFailed(String look) {
    assertThat(metrics())
        .contains("offramp_looks_failed_total{look=\"" + look + "\"} 0")
        .containsPattern("offramp_look_success_age_seconds\\{look=\"" + look + "\"} \\d");
  }

  @Test
  void looks_withoutState_areOfAuditsAlone() throws IOException {
    stop();
    start(Optional.empty());
    assertThat(metrics().lines().filter(line -> line.startsWith("offramp_looks_failed_total")))
        .containsExactly("offramp_looks_failed_total{look=\"audits\"} 0.0");
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
