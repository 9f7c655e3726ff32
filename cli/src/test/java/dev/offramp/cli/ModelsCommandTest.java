package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.io.Json;
import dev.offramp.server.OfframpServer;
import dev.offramp.server.ServerSettings;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.registry.Rollout;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The command against a real server with the plain Java kernels. */
@Timeout(120)
final class ModelsCommandTest {

  @TempDir private Path temporary;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private OfframpServer server;

  @BeforeEach
  void serve() throws IOException {
    ServerSettings defaults =
        ServerSettings.of(List.of(TestArtifacts.write(temporary.resolve("v1"), "sst2", "1")));
    server =
        OfframpServer.start(
            new ServerSettings(
                defaults.artifacts(),
                defaults.wish(),
                "127.0.0.1",
                0,
                defaults.engine(),
                false,
                defaults.softWait(),
                defaults.cache(),
                defaults.drainTimeout(),
                new Rollout(
                    List.of(temporary),
                    Optional.empty(),
                    Rollout.DEFAULT_WATCH_INTERVAL,
                    Duration.ofMinutes(1)),
                Optional.empty(),
                0),
            TestArtifacts.REFERENCE);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private int models(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    var all = new ArrayList<>(List.of("models", "--server", "127.0.0.1:" + server.port()));
    all.addAll(List.of(arguments));
    CommandLine offramp =
        Offramp.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return offramp.execute(all.toArray(String[]::new));
  }

  @Test
  void commands_rollOut_loadPromoteAndUnload() {
    TestArtifacts.write(temporary.resolve("v2"), "sst2", "2");
    assertThat(models("label", "sst2", "1", "stable")).isZero();
    assertThat(models("load", "v2", "--label", "candidate")).as(err::toString).isZero();
    assertThat(out.toString()).contains("Serving sst2@2", "stable (default)", "candidate");
    assertThat(models("label", "sst2", "@candidate", "stable")).isZero();
    assertThat(out.toString()).contains("stable points at sst2@2", "candidate stable (default)");
    assertThat(models("unlabel", "sst2", "candidate")).isZero();
    Path json = temporary.resolve("models.json");
    assertThat(models("unload", "sst2", "1", "--json", json.toString())).isZero();
    JsonNode left = Json.readTree(json).path("models");
    assertThat(left.size()).isEqualTo(1);
    assertThat(left.path(0).path("version").asString()).isEqualTo("2");
    assertThat(left.path(0).path("labels").path(0).asString()).isEqualTo("stable");
    assertThat(left.path(0).path("isDefault").asBoolean()).isTrue();
  }

  @Test
  void tiers_listsWhatAuditsFound() {
    Path json = temporary.resolve("tiers.json");
    assertThat(models("tiers", "--json", json.toString())).as(err::toString).isZero();
    assertThat(out.toString()).contains("risk0.1", "disagreement, %");
    JsonNode full = Json.readTree(json).path("tiers").path(0);
    assertThat(full.path("model").asString()).isEqualTo("sst2");
    assertThat(full.path("tier").path("audits").path("count").asLong(-1)).isZero();
    assertThat(full.path("tier").path("audits").path("upper").asDouble()).isOne();
  }

  @Test
  void commands_refused_exitWithOneAndSayWhy() {
    assertThat(models("load", "../elsewhere")).isOne();
    assertThat(err.toString()).contains("leads elsewhere").doesNotContain("\tat ");
    assertThat(models("unload", "sst2", "9")).isOne();
    assertThat(err.toString()).contains("known: [sst2@1]");
    assertThat(models("label", "sst2", "1", "Stable")).isOne();
    assertThat(err.toString()).contains("label: 'Stable'");
  }

  @Test
  void list_noServer_saysHowToStartOne() {
    server.close();
    assertThat(models("list")).isOne();
    assertThat(err.toString()).contains("no server took the call", "offramp serve ARTIFACT");
  }
}
