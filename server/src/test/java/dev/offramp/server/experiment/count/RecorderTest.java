package dev.offramp.server.experiment.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.AuditedVersion;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.RequestIds;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.Counts;
import dev.offramp.server.experiment.state.Database;
import dev.offramp.server.experiment.state.DatabaseStatements;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.experiment.stats.ArmSums;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecorderTest {

  private static final long PLENTY = 1L << 30;

  @TempDir private Path directory;

  private Database database;

  @BeforeEach
  void open() {
    database = new Database(StateSettings.of(directory, Optional.empty()));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Path journals() {
    return directory.resolve("journal");
  }

  private Recorder recorder() throws IOException {
    return new Recorder(new Counts(database), journals(), PLENTY);
  }

  private ArmTotals bold() {
    return Totals.read(database, "e", UnitKind.UNIT).arm("bold");
  }

  private static Event exposed(String unit, int depth) {
    return new Event.Exposed("e", "bold", unit, depth, Duration.ofMillis(depth).toNanos(), 1);
  }

  @Test
  void close_deliversAll_andLeavesNoFile() throws IOException {
    try (Recorder recorder = recorder()) {
      recorder.record(exposed("a", 2));
      recorder.record(exposed("a", 4));
      recorder.record(exposed("b", 4));
      recorder.record(new Event.NotApplied("e", "bold", Event.Why.DEADLINE));
    }
    ArmTotals bold = bold();
    assertThat(bold.count(Count.EXPOSURE)).isEqualTo(3);
    assertThat(bold.count("deadline")).isEqualTo(1);
    assertThat(bold.units()).isEqualTo(2);
    assertThat(bold.depths().toString()).isEqualTo("{2=1, 4=2}");
    assertThat(Latencies.quantile(bold.latencies(), 0.99).toMillis()).isEqualTo(4);
    assertThat(bold.metric("offramp.latency_ms").y()).isEqualTo(10);
    assertThat(bold.metric("offramp.latency_ms").yy()).isEqualTo(36);
    assertThat(journals()).isEmptyDirectory();
  }

  @Test
  void start_deliveriesThatFail_areCountedAndTriedAgain() throws IOException {
    DatabaseStatements.run(database, "ALTER TABLE journal RENAME TO gone");
    try (Recorder recorder = recorder()) {
      recorder.record(exposed("a", 2));
      recorder.start(Duration.ofMillis(1));
      await().until(() -> recorder.progress().failed() > 0);
      assertThat(recorder.isAway()).isTrue();
      DatabaseStatements.run(database, "ALTER TABLE gone RENAME TO journal");
      // What takes a CPU's time, as the first one does, pauses for up to ten seconds.
      await().atMost(Duration.ofSeconds(30)).until(() -> !recorder.isAway());
    }
    assertThat(bold().count(Count.EXPOSURE)).isEqualTo(1);
  }

  @Test
  void start_eventsThatKeepComing_waitForTheNextDelivery() throws IOException {
    int total = 1;
    try (Recorder recorder = recorder()) {
      recorder.record(exposed("a", 2));
      recorder.start(Duration.ofHours(1));
      // Some are delivered at the start; those that come meanwhile are not waited for.
      int after = 0;
      while (after < 2_000) {
        recorder.record(exposed("a", 2));
        total++;
        LockSupport.parkNanos(50_000);
        after += after > 0 || bold().count(Count.EXPOSURE) > 0 ? 1 : 0;
      }
      assertThat(bold().count(Count.EXPOSURE)).isBetween(1L, total - 1_000L);
    }
    assertThat(bold().count(Count.EXPOSURE)).isEqualTo(total);
  }

  @Test
  void close_unitsMetAgainAndAgain_areToldOnce() throws IOException {
    for (int process = 0; process < 2; process++) {
      try (Recorder recorder = recorder()) {
        for (int i = 0; i < 50_000; i++) {
          recorder.record(exposed("user-" + i % 7, 2));
        }
        recorder.record(exposed("user-" + (100 + process), 2));
      }
    }
    assertThat(bold().count(Count.EXPOSURE)).isEqualTo(100_002);
    assertThat(bold().units()).isEqualTo(9);
  }

  @Test
  void close_requestsWhoseIdsSayTheirArm_areRowsOnceReported() throws IOException {
    String one = RequestIds.exposed(RequestIds.random(), "e", "bold");
    String other = RequestIds.exposed(RequestIds.random(), "e", "safe");
    try (Recorder recorder = recorder()) {
      for (int i = 0; i < 10; i++) {
        recorder.record(exposed(Event.Exposed.SAID_BY_ID, 2));
      }
      for (String id : List.of(one, other, RequestIds.random(), "a caller's own")) {
        recorder.record(
            new Event.Reported(new Outcome(UnitKind.REQUEST, id, "revenue", 3, "", Instant.EPOCH)));
      }
    }
    ArmTotals bold = Totals.read(database, "e", UnitKind.REQUEST).arm("bold");
    assertThat(bold.units()).isEqualTo(10);
    assertThat(bold.metric("revenue")).isEqualTo(ArmSums.of(1, 3, 9));
    ArmTotals safe = Totals.read(database, "e", UnitKind.REQUEST).arm("safe");
    assertThat(safe.metric("revenue")).isEqualTo(ArmSums.of(1, 3, 9));
  }

  @Test
  void close_idsThatCallersGiveAgainAndAgain_areOneUnitEach() throws IOException {
    String reported = RequestIds.exposed(RequestIds.random(), "e", "bold");
    for (int process = 0; process < 2; process++) {
      try (Recorder recorder = recorder()) {
        for (int i = 0; i < 500; i++) {
          recorder.record(exposed("retried", 2));
          recorder.record(exposed(Event.Exposed.SAID_BY_ID, 2));
        }
        recorder.record(exposed("once-" + process, 2));
        recorder.record(
            new Event.Reported(
                new Outcome(
                    UnitKind.REQUEST, reported, "revenue", 3, "r" + process, Instant.EPOCH)));
      }
    }
    ArmTotals bold = Totals.read(database, "e", UnitKind.REQUEST).arm("bold");
    assertThat(bold.count(Count.EXPOSURE)).isEqualTo(2_002);
    assertThat(bold.units()).isEqualTo(1_000 + 3);
    assertThat(bold.depths()).containsEntry(2L, 2_002L);
  }

  @Test
  void close_idThatAnswersSaid_givenByACaller_isNoOtherUnit() throws IOException {
    String said = RequestIds.exposed(RequestIds.random(), "e", "bold");
    try (Recorder recorder = recorder()) {
      recorder.record(exposed(Event.Exposed.SAID_BY_ID, 2));
      recorder.record(exposed(said, 2));
      recorder.record(exposed(said, 2));
    }
    assertThat(Totals.read(database, "e", UnitKind.REQUEST).arm("bold").units()).isEqualTo(1);
  }

  @Test
  void close_deliversAudits_ofTiersArmsAndPairs() throws IOException {
    var tier = new AuditedTier("sst2", "1", "x2");
    try (Recorder recorder = recorder()) {
      recorder.record(new Event.TierAudited(tier, true));
      recorder.record(new Event.TierAudited(tier, false));
      recorder.record(new Event.TierAudited(new AuditedTier("sst2", "2", "x2"), false));
      recorder.record(new Event.ArmAudited("e", "bold", false));
      recorder.record(new Event.ArmAudited("e", "bold", true));
      for (int difference : new int[] {-1, 0, 0, 1, 1, 1}) {
        recorder.record(new Event.PairAudited("e", "bold", difference));
      }
    }
    var first = new AuditedVersion("sst2", "1");
    var second = new AuditedVersion("sst2", "2");
    assertThat(new Counts(database).audits(List.of(first, second)))
        .containsOnly(
            Map.entry(tier, new AuditHistory(new TierAudits(2, 1), List.of())),
            Map.entry(
                new AuditedTier("sst2", "2", "x2"),
                new AuditHistory(new TierAudits(1, 0), List.of())));
    assertThat(new Counts(database).audits(List.of(first))).containsOnlyKeys(tier);
    ArmTotals bold = bold();
    assertThat(bold.count(Count.AUDIT)).isEqualTo(2);
    assertThat(bold.count(Count.DISAGREEMENT)).isEqualTo(1);
    assertThat(bold.count(Count.PAIR)).isEqualTo(6);
    assertThat(bold.count(Count.PAIR_MORE)).isEqualTo(3);
    assertThat(bold.count(Count.PAIR_LESS)).isEqualTo(1);
    assertThat(bold.count(Count.EXPOSURE)).isZero();
  }

  @Test
  void close_databaseDoesNotAnswerWithinTheLimit_keepsAll_forTheNextProcess() throws IOException {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String url = "jdbc:postgresql://127.0.0.1:%d/none?user=none".formatted(silent.getLocalPort());
      try (var away = new Database(StateSettings.of(directory, Optional.of(url)))) {
        var recorder = new Recorder(new Counts(away), journals(), PLENTY);
        recorder.record(exposed("a", 2));
        recorder.record(exposed("b", 2));
        recorder.close(Duration.ofMillis(1));
      }
    }
    assertThat(journals()).isNotEmptyDirectory();
    try (Recorder next = recorder()) {
      next.record(exposed("c", 2));
    }
    assertThat(bold().count(Count.EXPOSURE)).isEqualTo(3);
    assertThat(journals()).isEmptyDirectory();
  }

  @Test
  void start_afterAProcessThatWasKilled_countsWhatItLeftOnce() throws IOException {
    // Half of it was counted; the recorder is never closed, as by kill -9.
    try (Journal killed = Journal.create(Files.createDirectories(journals()), PLENTY)) {
      for (int i = 0; i < 10; i++) {
        killed.append(exposed("user-" + i, 3));
      }
      Journal.Stretch half = killed.read(0, 5);
      var tally = new Tally();
      half.events().forEach(tally::add);
      new Counts(database).deliver(killed.id(), 0, half.next(), tally.batch(_ -> false));
    }
    try (Recorder next = recorder()) {
      next.record(exposed("late", 3));
    }
    assertThat(bold().count(Count.EXPOSURE)).isEqualTo(11);
    assertThat(bold().units()).isEqualTo(11);
    try (Recorder again = recorder()) {
      assertThat(again.lost()).isZero();
    }
    assertThat(bold().count(Count.EXPOSURE)).isEqualTo(11);
  }

  /** What is dear is delivered more rarely. */
  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofSeconds(50));
  }

  /** As one does that was restored from a backup. */
  @Test
  void deliver_databaseCameBackOlder_goesOnAfterWhatIsLost() throws Exception {
    int before = 120_000; // More than a file of the journal.
    try (Recorder recorder = recorder()) {
      recorder.start(Duration.ofMillis(1));
      for (int i = 0; i < before; i++) {
        recorder.record(exposed("u" + i % 100, 2));
      }
      patiently().until(() -> bold().count(Count.EXPOSURE) == before);
      DatabaseStatements.run(
          database,
          "UPDATE journal SET delivered = 0",
          "DELETE FROM exposed_unit",
          "DELETE FROM arm_count");
      recorder.record(exposed("late", 4));
      patiently().until(() -> bold().depths().containsKey(4L));
    }
    assertThat(bold().count(Count.EXPOSURE)).isBetween(1L, before - 1L);
    assertThat(bold().units()).as("told again").isEqualTo(101);
  }
}
