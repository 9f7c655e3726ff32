package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.admin.AdminSettings;
import dev.offramp.v1.ClassifyRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin port as HTTP clients see it; {@link ConsoleBrowserTest} is how people do. */
final class ConsoleTest extends ConsoleFixture {

  private Http create(Map<String, String> form) {
    return Http.post(port, "/experiments", form);
  }

  private Http act(String action, String version, String... more) {
    Map<String, String> form = form("ignored");
    form.put("version", version);
    for (int i = 0; i < more.length; i += 2) {
      form.put(more[i], more[i + 1]);
    }
    return Http.post(port, "/experiments/e/" + action, form);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/live", "/models/sst2/1", "/experiments", "/experiments/new", "/log"})
  void get_page_isHtmlThatLoadsNothingForeign(String path) {
    Http page = Http.get(port, path);

    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(page.header("Content-Security-Policy"))
        .contains("default-src 'none'", "frame-ancestors 'none'")
        .doesNotContain("unsafe", "*");
    assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(page.body()).doesNotContain("http://", "https://", "style=", "onclick");
  }

  @ParameterizedTest
  @CsvSource({"/nope,404", "/models/sst2/9,404", "/experiments/none,404", "/assets/x.css,404"})
  void get_nothingThere_isNotFound(String path, int status) {
    assertThat(Http.get(port, path).status()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%", "/?a=%zz", "/models/%e4/1"})
  void get_badPath_isRefused(String path) {
    assertThat(Http.get(port, path).status()).isIn(400, 404);
  }

  @Test
  void head_page_hasNoBody() {
    Http page = Http.send(port, "HEAD", "/", "");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.body()).isEmpty();
  }

  @Test
  void send_otherMethod_isRefused() {
    assertThat(Http.send(port, "DELETE", "/experiments/e", "").status()).isEqualTo(405);
  }

  @Test
  void get_foreignHost_isRefused() {
    assertThat(Http.get(port, "/", "Host: rebound.example:" + port).status()).isEqualTo(403);
    assertThat(Http.get(port, "/", "Host: localhost:" + port).status()).isEqualTo(200);
    assertThat(Http.get(port, "/", "Host: [::1]").status()).isEqualTo(200);
  }

  @Test
  void post_notFromAPageOfTheConsole_changesNothing() {
    String form = Http.encoded(form("e"));
    String own = "Origin: http://127.0.0.1:" + port;
    String[][] foreign = {
      {},
      {"Origin: http://127.0.0.1:1"},
      {"Origin: null"},
      {"Origin: http://[bad"},
      {own, "Sec-Fetch-Site: cross-site"},
      {"Sec-Fetch-Site: same-site"}
    };
    for (String[] headers : foreign) {
      assertThat(Http.send(port, "POST", "/experiments", form, headers).status())
          .as(String.join(", ", headers))
          .isEqualTo(403);
    }
    assertThat(Http.get(port, "/experiments/e").status()).isEqualTo(404);
    assertThat(
            Http.send(port, "POST", "/experiments", form, own, "Sec-Fetch-Site: same-origin")
                .status())
        .isEqualTo(303);
  }

  @Test
  void post_formThatIsTooLarge_isRefused() {
    Map<String, String> form = form("e");
    form.put("why", "x".repeat(70_000));
    assertThat(create(form).status()).isEqualTo(400);
    assertThat(Http.get(port, "/").status()).isEqualTo(200);
  }

  @Test
  void create_thenAllOfItsLife_isInTheLog() {
    Http made = create(form("e"));
    assertThat(made.status()).isEqualTo(303);
    assertThat(made.header("Location")).isEqualTo("/experiments/e");

    assertThat(act("start", "1").status()).isEqualTo(303);
    assertThat(act("ramp", "2", "coverage", "50").status()).isEqualTo(303);
    assertThat(act("pause", "3").status()).isEqualTo(303);
    assertThat(act("promote", "4", "arm", "bold", "why", "as good").status()).isEqualTo(303);
    assertThat(act("stop", "5").status()).isEqualTo(303);

    String log = Http.get(port, "/log").body();
    assertThat(log)
        .contains(">create<", ">start<", ">coverage<", ">pause<", ">promote<", ">stop<", "as good");
    assertThat(Http.get(port, "/experiments").body()).contains("state-stopped", "50.0 %");
  }

  @ParameterizedTest
  @CsvSource({
    "coverage, NaN, coverage",
    "coverage, 150, coverage",
    "coverage, half, coverage",
    "weight1, 40, arm0",
    "weight0, '', arm0",
    "arm1, control, arm0",
    "name, Bad Name, name",
    "model, none, model",
    "metric, offramp.nothing, metric",
    "margin, -1, ''",
    "min, 1, ''",
    "tier1, x9, ''",
    "why, '', why"
  })
  void create_badField_saysSoThereAndLosesNothing(String field, String value, String marked) {
    Map<String, String> form = form("e");
    form.put("description", "typed with care");
    form.put(field, value);
    Http page = create(form);

    assertThat(page.status()).isEqualTo(400);
    assertThat(page.body())
        .contains("role=\"alert\"", "value=\"typed with care\"", "value=\"ann\"");
    if (!marked.isEmpty()) {
      assertThat(page.body()).containsPattern("name=\"" + marked + "\"[^>]*aria-invalid");
    }
    assertThat(Http.get(port, "/experiments/e").status()).isEqualTo(404);
  }

  @Test
  void create_nameThatWasUsed_isRefused() {
    create(form("e"));
    assertThat(create(form("e")).status()).isEqualTo(400);
  }

  @Test
  void act_stopArm_saysSo_andTheOthersGoOn() {
    Map<String, String> three = form("e");
    three.putAll(Map.of("weight0", "40", "weight1", "40"));
    three.putAll(Map.of("arm2", "mild", "weight2", "20", "tier2", "x2"));
    create(three);
    act("start", "1");
    assertThat(Http.get(port, "/experiments/e").body())
        .contains("too few units yet", ">Stop arm<", "<option>mild</option></select>");

    assertThat(act("stop-arm", "2", "stopped", "bold").status()).isEqualTo(303);

    assertThat(Http.get(port, "/experiments/e").body())
        .contains("state-running", "bold <span class=\"tag bad\">stopped</span>")
        .doesNotContain(">Stop arm<", "<option>bold</option>");
    assertThat(act("stop-arm", "3", "stopped", "control").body())
        .contains("Not done", "what the others are compared with");
  }

  @Test
  void act_versionThatHasPassed_changesNothing() {
    create(form("e"));
    act("start", "1");
    Http late = act("pause", "1");

    assertThat(late.status()).isEqualTo(400);
    assertThat(late.body()).contains("role=\"alert\"", "state-running");
    assertThat(act("kill", "").status()).isEqualTo(303);
  }

  @ParameterizedTest
  @CsvSource({"promote,arm,nobody", "ramp,coverage,NaN", "pause,version,one", "pause,who,''"})
  void act_badField_changesNothing(String action, String field, String value) {
    create(form("e"));
    act("start", "1");
    Http page = act(action, "2", field, value);

    assertThat(page.status()).isIn(400, 404);
    assertThat(page.body()).contains("Not done", "state-running");
  }

  @Test
  void show_whatPeopleWrote_isEscaped() {
    Map<String, String> form = form("e");
    form.put("description", "<script>alert(1)</script>\"'");
    create(form);

    assertThat(Http.get(port, "/experiments/e").body())
        .doesNotContain("<script>alert")
        .contains("&lt;script&gt;");
  }

  @Test
  void show_runningExperiment_saysWhatIsCounted() {
    create(form("e"));
    act("start", "1");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          classify(5);
          return Http.get(port, "/experiments/e/live")
              .body()
              .contains("disagreement with the full");
        });
    assertThat(Http.get(port, "/experiments/e").body())
        .contains("Layer speed-up", "offramp.exit_depth", "keep going", "<svg");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(Http.get(port, "/metrics").body())
                .containsPattern(
                    "offramp_experiment_requests_total\\{arm=\"bold\",experiment=\"e\",outcome=\"exposure\"} [1-9]"));
    // Of the requests that follow, those of one arm alone count: so few beside these that no one
    // would say that units are not split as planned, of which nothing is concluded.
    classify(30);
    for (int i = 0; i < 12; i++) { // About half of them are in the arm that they do not allow.
      var _ =
          calls.classify(
              ClassifyRequest.newBuilder()
                  .setText("a good film")
                  .setTier("full")
                  .setMinTier("full"));
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(Http.get(port, "/experiments/e/live").body())
                .containsPattern("\\d+ not applied</span>"));
    act("stop", "2");
    assertThat(Http.get(port, "/experiments/e").body())
        .contains("not settled")
        .doesNotContain("keep going");
  }

  /** The second point of each comes ten seconds after the first. */
  @Test
  void pages_afterSomeTime_drawHowIntervalsBecameKnown() {
    create(form("e"));
    act("start", "1");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          classify(5);
          return Http.get(port, "/models/sst2/1")
                  .body()
                  .contains("Disagreement on live traffic over time")
              && Http.get(port, "/experiments/e").body().contains("Intervals over time");
        });
    assertThat(Http.get(port, "/models/sst2/1").body())
        .containsPattern("<figcaption>x3[^<]*: \\d")
        .contains("class=\"band\"");
  }

  @Test
  void overview_afterRequests_showsWhereTheyLeft() {
    classify(3);
    // Looks come once a second.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          classify(1);
          return Http.get(port, "/live").body().contains("100 % at 4");
        });
    assertThat(Http.get(port, "/metrics").body())
        .containsPattern("offramp_answers_total\\{depth=\"4\",model=\"sst2\",version=\"1\"\\} \\d")
        .contains("offramp_exit_reasons_total", "offramp_cache_hit_total", "reason=\"deadline\"")
        .contains("offramp_experiment_state_away 0", "offramp_experiment_events_lost_total 0")
        .containsPattern("offramp_experiment_journal_bytes [1-9]")
        .containsPattern(
            "offramp_calls_total\\{code=\"OK\",method=\"offramp.v1.InferenceService/Classify\"} [1-9]")
        .containsPattern(
            "offramp_answer_seconds_bucket\\{model=\"sst2\",tier=\"full\",version=\"1\",le=\"\\+Inf\"} [1-9]")
        .containsPattern(
            "offramp_answer_seconds_sum\\{model=\"sst2\",tier=\"full\",version=\"1\"} 0?\\.?\\d")
        .contains("offramp_browned_out_total{model=\"sst2\",tier=\"(rule)\",version=\"1\"} 0")
        .contains("offramp_short_of_time 0");
  }

  @Test
  void probes_running_sayReady() {
    assertThat(Http.get(port, "/healthz").status()).isEqualTo(200);
    assertThat(Http.get(port, "/readyz").status()).isEqualTo(200);
  }

  @Test
  void probes_noModelLeft_sayNotReady() {
    server.models().close();
    assertThat(Http.get(port, "/healthz").status()).isEqualTo(200);
    assertThat(Http.get(port, "/readyz").status()).isEqualTo(503);
  }

  @Test
  void experiments_withoutState_saysHowToGetThem() throws IOException {
    stop();
    start(Optional.empty());
    assertThat(Http.get(port, "/experiments").body()).contains("--state");
    assertThat(create(form("e")).status()).isEqualTo(200);
    assertThat(Http.get(port, "/").status()).isEqualTo(200);
  }

  @Test
  void start_portThatIsTaken_isRefusedAndFreesEverything() throws IOException {
    var taken = TestSettings.of(temporary.resolve("sst2.offramp"));
    assertThatThrownBy(() ->
            OfframpServer.start(
                taken.with(new AdminSettings("127.0.0.1", port)), TestArtifacts.REFERENCE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("cannot listen on 127.0.0.1:" + port, "expected");
  }
}
