package dev.offramp.server.experiment.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.experiment.AuditEntry;
import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.AuditedVersion;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.TierAudits;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.Definitions.Edited;
import dev.offramp.server.experiment.stats.ArmSums;
import dev.offramp.server.experiment.stats.ChangeGuard;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of the state in either database. */
@Timeout(120)
abstract class StateContract extends OutcomesContract {

  @Test
  void change_isKeptWithItsLogEntry() {
    long before = definitions.revision();
    ExperimentStatus draft = create("e");
    assertThat(definitions.all()).containsExactly(draft);
    assertThat(definitions.revision()).isEqualTo(before + 1);
    ExperimentStatus running =
        draft.next(draft.experiment(), ExperimentState.RUNNING, "", NOW.plusSeconds(60));
    var _ =
        definitions.change(
            change("go"),
            (all, _) -> {
              assertThat(all).containsExactly(draft);
              return Optional.of(new Edited("start", running));
            });
    assertThat(definitions.all()).containsExactly(running);
    assertThat(definitions.log("e", 10))
        .containsExactly(
            new AuditEntry(before + 2, "start", "ann", "go", running),
            new AuditEntry(before + 1, "create", "ann", "try", draft));
    assertThat(definitions.log("", 1)).hasSize(1);
    assertThat(definitions.log("other", 10)).isEmpty();
  }

  @Test
  void change_ofArms_isKept_andWrittenIntoTheLog() {
    ExperimentStatus draft = create("e");
    ExperimentStatus started = draft.started(Map.of("control", "1", "bold", "2"), NOW);
    ExperimentStatus without = started.without("bold", NOW);
    for (ExperimentStatus next : List.of(started, without)) {
      var _ = definitions.change(change("go"), (_, _) -> Optional.of(new Edited("change", next)));
      assertThat(definitions.all()).containsExactly(next);
    }
    assertThat(without.state()).as("nothing is left to compare").isEqualTo(ExperimentState.STOPPED);
    assertThat(definitions.log("e", 10))
        .extracting(entry -> entry.after().arms())
        .containsExactly(without.arms(), started.arms(), draft.arms());
  }

  @Test
  void change_refusedOrEmpty_leavesAllAsItIs() {
    ExperimentStatus draft = create("e");
    long before = definitions.revision();
    assertThatThrownBy(() ->
            definitions.change(
                change("no"),
                (_, _) -> {
                  throw new IllegalArgumentException("refused");
                }))
        .hasMessage("refused");
    assertThat(definitions.change(change("nothing"), (_, _) -> Optional.empty())).isEmpty();
    assertThat(definitions.revision()).isEqualTo(before);
    assertThat(definitions.all()).containsExactly(draft);
    assertThat(definitions.log("", 10)).hasSize(1);
  }

  @Test
  void steps_anotherCoverage_beginsWithWhatWasCountedUntilThen() {
    ExperimentStatus draft = create("e");
    assertThat(Steps.read(database, "e").before()).isEmpty();
    var _ = counts.deliver("j", 0, 1, batch("bold", 5, "u1"));
    var _ =
        definitions.change(
            change("go"),
            (all, now) ->
                Optional.of(
                    new Edited(
                        "start",
                        all.getFirst()
                            .next(draft.experiment(), ExperimentState.RUNNING, "", now))));
    assertThat(Steps.read(database, "e").before()).as("the same coverage").isEmpty();
    for (long exposures : new long[] {5, 7}) {
      var _ =
          definitions.change(
              change("more"),
              (all, now) ->
                  Optional.of(
                      new Edited(
                          "ramp",
                          all.getFirst()
                              .next(
                                  draft.experiment().withCoverage(exposures / 10.0),
                                  ExperimentState.RUNNING,
                                  "",
                                  now))));
      assertThat(Steps.read(database, "e").before()).isEqualTo(Map.of("bold", exposures));
      var _ = counts.deliver("j", exposures, exposures + 1, batch("bold", 100, "u1"));
      var _ = counts.deliver("k", exposures - 5, exposures - 3, batch("bold", 2, "u1"));
    }
    Steps.Step step = Steps.read(database, "e");
    assertThat(step.log()).isEqualTo(definitions.log("e", 10));
    // All times are of one clock: no later change is before an earlier one, nor is any after now.
    assertThat(step.log())
        .extracting(entry -> entry.after().changed())
        .isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(step.now()).isAfterOrEqualTo(step.log().getFirst().after().changed());
  }

  @Test
  void change_fromManyReplicasAtOnce_eachSeesTheOneBefore() throws Exception {
    var _ = create("e");
    try (var second = new Database(settings());
        var threads = Executors.newFixedThreadPool(4)) {
      List<Definitions> replicas = List.of(definitions, new Definitions(second));
      var done = new ArrayList<Future<?>>();
      for (int i = 0; i < 40; i++) {
        Definitions replica = replicas.get(i % 2);
        done.add(
            threads.submit(() ->
                replica.change(
                    change("again"),
                    (all, _) -> {
                      ExperimentStatus now = all.getFirst();
                      return Optional.of(
                          new Edited("change", now.next(now.experiment(), now.state(), "", NOW)));
                    })));
      }
      for (Future<?> future : done) {
        var _ = future.get();
      }
    }
    assertThat(definitions.all().getFirst().version()).isEqualTo(41);
    assertThat(definitions.log("e", 100)).hasSize(41);
  }

  @Test
  void deliver_again_countsOnce() {
    assertThat(counts.delivered("j")).isZero();
    assertThat(counts.deliver("j", 0, 100, batch("bold", 5, "u1", "u2"))).isEqualTo(100);
    assertThat(counts.deliver("j", 0, 100, batch("bold", 5, "u1", "u2"))).isEqualTo(100);
    assertThat(counts.deliver("j", 0, 200, batch("bold", 9, "u3"))).isEqualTo(100);
    assertThat(counts.deliver("j", 100, 200, batch("bold", 2, "u2", "u3"))).isEqualTo(200);
    assertThat(counts.delivered("j")).isEqualTo(200);
    Totals totals = Totals.read(database, "e", UnitKind.UNIT);
    ArmTotals bold = totals.arm("bold");
    assertThat(bold.count(Count.EXPOSURE)).isEqualTo(7);
    assertThat(bold.units()).isEqualTo(3);
    assertThat(bold.depths()).isEqualTo(Map.of(2L, 7L));
    assertThat(bold.latencies()).isEqualTo(Map.of(1_000L, 7L));
    assertThat(bold.metrics()).containsEntry("offramp.exit_depth", ArmSums.of(7, 14, 28));
    assertThat(totals.crossed()).isZero();
    assertThat(counts.audits(List.of(new AuditedVersion("sst2", "1"))))
        .isEqualTo(
            Map.of(
                new AuditedTier("sst2", "1", "x2"),
                new AuditHistory(new TierAudits(14, 7), List.of())));
    assertThat(Totals.read(database, "other", UnitKind.UNIT).arms()).isEmpty();
  }

  @Test
  void audits_everyHundred_beginAnew_andTheLastHundredStartsAreKept() {
    var tier = new AuditedTier("sst2", "1", "x2");
    AuditHistory expected = AuditHistory.NONE;
    int batches = 2 * (ChangeGuard.MOST_STARTS + 5);
    for (int i = 0; i < batches; i++) {
      // Half a start's audits each; on every third text they disagree.
      var found = new TierAudits(ChangeGuard.SPACING / 2, i % 3);
      var _ =
          counts.deliver(
              "j",
              i,
              i + 1,
              new CountBatch(
                  new TreeMap<>(),
                  new TreeMap<>(),
                  new TreeMap<>(),
                  new TreeMap<>(),
                  List.of(),
                  new TreeMap<>(Map.of(tier, found))));
      for (int audit = 0; audit < found.audits(); audit++) {
        expected = expected.with(audit < found.disagreements());
      }
    }
    assertThat(counts.audits(List.of(new AuditedVersion("sst2", "1"))))
        .isEqualTo(Map.of(tier, expected));
    assertThat(expected.starts()).hasSize(ChangeGuard.MOST_STARTS);
    assertThat(expected.starts().getFirst().number()).isEqualTo(6);
  }

  @Test
  void deliver_unitsThatComeAgain_amongNewOnes_areToldFromThem() {
    var _ = counts.deliver("j", 0, 1, batch("bold", 2, "u1", "u2"));
    var _ = counts.deliver("j", 1, 2, batch("bold", 4, "u1", "u2", "u3", "u4"));
    ArmTotals bold = Totals.read(database, "e", UnitKind.UNIT).arm("bold");
    assertThat(bold.units()).isEqualTo(4);
    assertThat(bold.count(Count.REPEAT)).isEqualTo(2);
  }

  @Test
  void deliver_unitInTwoArms_isCrossed() {
    var _ = counts.deliver("j", 0, 1, batch("bold", 1, "u1", "u2"));
    var _ = counts.deliver("j", 1, 2, batch("control", 1, "u2"));
    assertThat(Totals.read(database, "e", UnitKind.UNIT).crossed()).isEqualTo(1);
  }

  @Test
  void read_whileReplicasDeliver_isOfOneMoment() throws Exception {
    try (var thread = Executors.newSingleThreadExecutor()) {
      Future<?> deliveries =
          thread.submit(() -> {
            for (int i = 0; i < 300; i++) {
              var _ = counts.deliver("j", i, i + 1, batch("bold", 1, "u" + i));
            }
          });
      while (!deliveries.isDone()) {
        ArmTotals bold = Totals.read(database, "e", UnitKind.UNIT).arm("bold");
        assertThat(bold.units()).isEqualTo(bold.count(Count.EXPOSURE));
        assertThat(bold.metric("offramp.exit_depth").n()).isEqualTo(bold.units());
      }
      var _ = deliveries.get();
    }
  }

  @Test
  void deliver_fromManyReplicasAtOnce_countsEveryOne() throws Exception {
    int replicas = 4;
    int batches = 25;
    try (var threads = Executors.newFixedThreadPool(replicas)) {
      var done = new ArrayList<Future<?>>();
      for (int r = 0; r < replicas; r++) {
        String journal = "j" + r;
        done.add(
            threads.submit(() -> {
              for (int i = 0; i < batches; i++) {
                String arm = i % 2 == 0 ? "bold" : "control";
                var _ = counts.deliver(journal, i, i + 1, batch(arm, 1, "u" + i));
                var _ = counts.deliver(journal, i, i + 1, batch(arm, 1, "u" + i));
              }
            }));
      }
      for (Future<?> future : done) {
        var _ = future.get();
      }
    }
    Totals totals = Totals.read(database, "e", UnitKind.UNIT);
    assertThat(totals.arm("bold").count(Count.EXPOSURE)).isEqualTo(4 * 13);
    assertThat(totals.arm("control").count(Count.EXPOSURE)).isEqualTo(4 * 12);
    assertThat(totals.arm("bold").units()).isEqualTo(13);
  }

  /** All tables of the first version, with what a server of each had counted in them. */
  @ParameterizedTest
  @ValueSource(strings = {"1", "2", "3", "4", "5", "6"})
  void ready_olderSchema_isBroughtUpToDateWithWhatWasCounted(String version) throws Exception {
    StateSettings settings = settings();
    String url = settings.url().orElseGet(() -> Database.embedded(settings.directory()));
    Flyway.configure()
        .dataSource(url, null, null)
        .locations(Database.MIGRATIONS)
        .target(version)
        .load()
        .migrate();
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement()) {
      for (String row :
          List.of(
              "arm_count VALUES ('e', 'bold', 'exposure', '', 3)",
              "arm_bucket VALUES ('e', 'bold', 'exit_depth', 2, 3)",
              "arm_metric (experiment, arm, metric, n, total, total_of_squares)"
                  + " VALUES ('e', 'bold', 'offramp.exit_depth', 3, 6, 12)",
              "exposed_unit VALUES ('e', 'u1', 'bold', '2026-11-01 12:00:00+00')",
              "outcome VALUES ('UNIT', 'u1', 'revenue', 'r1', 2.5, '2026-11-01 12:00:01+00')",
              "journal (id, delivered) VALUES ('j', 1)")) {
        statement.executeUpdate("INSERT INTO " + row);
      }
    }
    var _ = create("e");
    ArmTotals bold = Totals.read(database, "e", UnitKind.UNIT).arm("bold");
    assertThat(bold.count(Count.EXPOSURE)).isEqualTo(3);
    assertThat(bold.units()).isEqualTo(1);
    assertThat(bold.metric("offramp.exit_depth")).isEqualTo(ArmSums.of(3, 6, 12));
    assertThat(bold.metric("revenue")).isEqualTo(ArmSums.of(1, 2.5, 6.25));
    assertThat(counts.deliver("j", 1, 2, batch("bold", 1, "u1", "u2"))).isEqualTo(2);
    assertThat(Totals.read(database, "e", UnitKind.UNIT).arm("bold").units()).isEqualTo(2);
  }

  @Test
  void delete_rowsThatNobodyTouchedForAYear_areGone_andOthersStay() {
    var _ = counts.deliver("lives", 0, 1, batch("bold", 100, "u1"));
    var _ = counts.deliver("gone", 0, 1, batch("bold", 1, "u2"));
    var _ = counts.deliver("idle", 0, 1, batch("bold", 1, "u3"));
    var stale = new StaleRows(database);
    assertThat(stale.delete()).isZero();

    DatabaseStatements.run(
        database,
        "INSERT INTO tier_audit (model, version, tier, audits, disagreements)"
            + " VALUES ('sst2', '0', 'x2', 500, 9)");
    DatabaseStatements.run(
        database, "INSERT INTO audit_start VALUES ('sst2', '0', 'x2', 1, 100, 1)");
    String year = " SET touched = CURRENT_TIMESTAMP - INTERVAL '366' DAY WHERE ";
    DatabaseStatements.run(database, "UPDATE journal" + year + "id <> 'lives'");
    DatabaseStatements.run(database, "UPDATE tier_audit" + year + "version = '0'");
    counts.touch("idle"); // As a process without anything to count does.
    assertThat(stale.delete()).isEqualTo(3);

    assertThat(counts.delivered("gone")).isZero();
    assertThat(counts.delivered("lives")).isEqualTo(1);
    assertThat(counts.delivered("idle")).isEqualTo(1);
    assertThat(counts.audits(List.of(new AuditedVersion("sst2", "0")))).isEmpty();
    assertThat(rows("audit_start")).isEqualTo(1);
    assertThat(counts.audits(List.of(new AuditedVersion("sst2", "1"))))
        .extractingByKey(new AuditedTier("sst2", "1", "x2"))
        .satisfies(history -> assertThat(history.all().audits()).isEqualTo(204));
  }

  @Test
  void deliver_afterLongSilence_touchesWhatItWrites() {
    var _ = counts.deliver("j", 0, 1, batch("bold", 1, "u1"));
    String year = " SET touched = CURRENT_TIMESTAMP - INTERVAL '366' DAY";
    DatabaseStatements.run(database, "UPDATE journal" + year);
    DatabaseStatements.run(database, "UPDATE tier_audit" + year);
    assertThat(counts.deliver("j", 1, 2, batch("bold", 1, "u1"))).isEqualTo(2);
    assertThat(new StaleRows(database).delete()).isZero();
  }

  @Test
  void ready_newerSchema_isRefusedWithBothVersions() {
    database.ready();
    database.transact(connection -> {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO \"flyway_schema_history\" (\"installed_rank\", \"version\","
                  + " \"description\", \"type\", \"script\", \"installed_by\", \"execution_time\","
                  + " \"success\") VALUES (99, '99', 'to come', 'SQL', 'V99__to_come.sql', 'x', 1, TRUE)")) {
        return insert.executeUpdate();
      }
    });
    try (var older = new Database(settings())) {
      assertThatThrownBy(older::ready)
          .isInstanceOf(StateFormatException.class)
          .hasMessageContaining("schema version 99")
          .hasMessageContaining("at most 7")
          .hasMessageContaining("newer server");
    }
  }
}
