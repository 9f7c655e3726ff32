package dev.offramp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.state.Database;
import dev.offramp.server.experiment.state.DatabaseStatements;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.ReportOutcomeRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A shared database whose host takes connections and never says a word. */
@Timeout(240)
class SilentStateTest {

  @TempDir private Path temporary;

  @Test
  void close_databaseNeverAnswered_endsAllTheSame_andTheNextStartCountsWhatIsLeft()
      throws Exception {
    Path artifact = TestArtifacts.write(temporary.resolve("sst2.offramp"), "sst2", "1");
    Path directory = temporary.resolve("state");
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String url =
          "jdbc:postgresql://127.0.0.1:%d/postgres?user=offramp&socketTimeout=0"
              .formatted(silent.getLocalPort());
      OfframpServer server = start(StateSettings.of(directory, Optional.of(url)), artifact);
      report(server);
      Thread closing = Thread.ofPlatform().start(server::close);
      assertThat(closing.join(Duration.ofMinutes(2))).isTrue();
      assertThat(directory.resolve("journal")).isNotEmptyDirectory();
    }
    StateSettings embedded = StateSettings.of(directory, Optional.empty());
    start(embedded, artifact).close();
    assertThat(directory.resolve("journal")).isEmptyDirectory();
    try (var database = new Database(embedded)) {
      assertThat(DatabaseStatements.rows(database, "outcome")).isEqualTo(1);
    }
  }

  private static OfframpServer start(StateSettings state, Path artifact) throws IOException {
    return OfframpServer.start(TestSettings.hasty(state, artifact), TestArtifacts.REFERENCE);
  }

  private static void report(OfframpServer server) {
    try (var calls = new Calls(server.port())) {
      var _ =
          ExperimentServiceGrpc.newBlockingStub(calls.channel())
              .reportOutcome(
                  ReportOutcomeRequest.newBuilder()
                      .setUnit("user")
                      .setName("conversion")
                      .setValue(1)
                      .setReportId("the one")
                      .build());
    }
  }
}
