package dev.offramp.server;

import dev.offramp.server.admin.AdminSettings;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.ClassifyRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server with a console; every answered request is audited. */
@Timeout(120)
abstract class ConsoleFixture {

  @TempDir Path temporary;

  OfframpServer server;
  Calls calls;
  int port;

  @BeforeEach
  void serve() throws IOException {
    var state =
        new StateSettings(
            temporary.resolve("state"),
            Optional.empty(),
            Duration.ofMillis(100),
            Duration.ofMillis(20));
    start(Optional.of(state));
  }

  final void start(Optional<StateSettings> state) throws IOException {
    Path artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
    ServerSettings settings = TestSettings.of(state, 1, artifact);
    server =
        OfframpServer.start(
            settings.with(new AdminSettings(AdminSettings.DEFAULT_ADDRESS, 0)),
            TestArtifacts.REFERENCE);
    calls = new Calls(server.port());
    port = server.adminPort().getAsInt();
  }

  @AfterEach
  void stop() {
    calls.close();
    server.close();
  }

  /** A form that makes an experiment of this name. */
  static Map<String, String> form(String name) {
    var form = new TreeMap<>(Map.of("name", name, "model", "sst2", "coverage", "100"));
    form.putAll(Map.of("arm0", "control", "weight0", "50", "tier0", "full"));
    form.putAll(Map.of("arm1", "bold", "weight1", "50", "tier1", "x3"));
    form.putAll(Map.of("metric", "offramp.latency_ms", "better", "BETTER_LOWER"));
    form.putAll(Map.of("unit", "UNIT_KIND_REQUEST", "who", "ann", "why", "try it"));
    return form;
  }

  void classify(int times) {
    for (int i = 0; i < times; i++) {
      var _ = calls.classify(ClassifyRequest.newBuilder().setText("a good film").setTier("full"));
    }
  }
}
