package dev.offramp.server.experiment.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.state.CountBatch.ExposedUnit;
import dev.offramp.server.experiment.state.Definitions.Edited;
import dev.offramp.server.experiment.stats.ArmSums;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What holds of outcomes in either database, and of what becomes of them in the end. */
abstract class OutcomesContract extends StateFixture {

  private static final Duration KEEP = Duration.ofDays(30);

  private static Outcome outcome(UnitKind kind, String subject, double value, Instant at) {
    return new Outcome(kind, subject, "revenue", value, at.toString(), at);
  }

  private static CountBatch exposed(String arm, String unit, Instant at) {
    return exposed("e", arm, unit, at);
  }

  private static CountBatch exposed(String experiment, String arm, String unit, Instant at) {
    return new CountBatch(
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(Map.of(new ExposedUnit(experiment, unit, arm), at)),
        List.of(),
        new TreeMap<>());
  }

  /** An experiment of that state, as it was made and changed at these times. */
  private ExperimentStatus made(
      String name, UnitKind unit, ExperimentState state, Instant created, Instant changed) {
    var definition = new Definition(name);
    definition.unit = unit;
    var status =
        new ExperimentStatus(definition.make(), state, 1, "", ArmStates.NONE, created, changed);
    var _ = definitions.change(change("try"), (_, _) -> Optional.of(new Edited("create", status)));
    return status;
  }

  private ArmTotals bold(UnitKind unit) {
    return Totals.read(database, "e", unit).arm("bold");
  }

  final long rows(String table) {
    return DatabaseStatements.rows(database, table);
  }

  @Test
  void outcomes_lateEarlyAndTwice_joinTheirUnitsOnce() {
    var _ =
        counts.deliver(
            "j",
            0,
            1,
            outcomes(
                outcome("u1", "revenue", 2.5, "order-1"),
                outcome("u1", "revenue", 1.5, "order-2"),
                outcome("u1", "conversion", 1, ""),
                outcome("stranger", "revenue", 100, "")));
    var _ = counts.deliver("j", 1, 2, batch("bold", 1, "u1", "u2"));
    var _ =
        counts.deliver(
            "k",
            0,
            1,
            outcomes(
                outcome("u1", "revenue", 2.5, "order-1"),
                outcome("u2", "revenue", 3, ""),
                new Outcome(UnitKind.REQUEST, "u2", "revenue", 50, "", NOW)));
    ArmTotals bold = Totals.read(database, "e", UnitKind.UNIT).arm("bold");
    ArmSums revenue = bold.metric("revenue");
    assertThat(revenue.n()).isEqualTo(2);
    assertThat(revenue.y()).isCloseTo(7, within(1e-12));
    assertThat(revenue.yy()).isCloseTo(16 + 9, within(1e-12));
    assertThat(bold.metric("conversion")).isEqualTo(ArmSums.of(1, 1, 1));
  }

  /** As a product of many probabilities: PostgreSQL refuses sums of squares that underflow. */
  @Test
  void outcomes_nextToNothing_areCountedAsZero() {
    var _ = counts.deliver("j", 0, 1, batch("bold", 1, "u1", "u2"));
    var _ =
        counts.deliver(
            "j",
            1,
            2,
            outcomes(
                outcome("u1", "revenue", 1e-170, ""),
                outcome("u2", "revenue", -Double.MIN_VALUE, "")));
    assertThat(bold(UnitKind.UNIT).metric("revenue")).isEqualTo(ArmSums.of(2, 0, 0));
  }

  @Test
  void outcomes_beforeTheExposure_sayWhatIsKnownOfTheUnit() {
    made("e", UnitKind.UNIT, ExperimentState.RUNNING, NOW.minus(Duration.ofDays(1)), NOW);
    var _ = counts.deliver("j", 0, 1, exposed("bold", "u1", NOW));
    var _ = counts.deliver("j", 1, 2, exposed("bold", "u2", NOW));
    Instant longAgo = NOW.minus(Duration.ofDays(1)).minus(Totals.PRE_PERIOD);
    var _ =
        counts.deliver(
            "j",
            2,
            3,
            outcomes(
                outcome(UnitKind.UNIT, "u1", 3, NOW.minus(Duration.ofDays(9))),
                outcome(UnitKind.UNIT, "u1", 4, NOW.minus(Totals.CLOCK_SKEW).minusMillis(1)),
                outcome(UnitKind.UNIT, "u1", 100, longAgo.minusSeconds(1)),
                outcome(UnitKind.UNIT, "u1", 5, NOW.minus(Totals.CLOCK_SKEW)),
                outcome(UnitKind.UNIT, "u1", 6, NOW.plus(Duration.ofDays(1))),
                outcome(UnitKind.UNIT, "u2", 8, NOW.minus(Duration.ofHours(1)))));
    assertThat(bold(UnitKind.UNIT).metric("revenue"))
        .as("u2 has done nothing since")
        .isEqualTo(ArmSums.NONE.with(11, 7));
  }

  @Test
  void outcomes_afterTheEnd_areNone_butOfAPauseTheyAre() {
    Instant end = NOW.plus(Duration.ofDays(3));
    ExperimentStatus made =
        made("e", UnitKind.UNIT, ExperimentState.PAUSED, NOW.minus(Duration.ofDays(1)), NOW);
    var _ = counts.deliver("j", 0, 1, exposed("bold", "u1", NOW));
    var _ =
        counts.deliver(
            "j",
            1,
            2,
            outcomes(
                outcome(UnitKind.UNIT, "u1", 3, end),
                outcome(UnitKind.UNIT, "u1", 4, end.plusSeconds(1))));
    assertThat(bold(UnitKind.UNIT).metric("revenue")).isEqualTo(ArmSums.of(1, 7, 49));
    ExperimentStatus over = made.next(made.experiment(), ExperimentState.PROMOTED, "bold", end);
    var _ = definitions.change(change("good"), (_, _) -> Optional.of(new Edited("promote", over)));
    ExperimentStatus later =
        over.next(over.experiment(), ExperimentState.STOPPED, "", end.plus(Duration.ofDays(9)));
    var _ = definitions.change(change("done"), (_, _) -> Optional.of(new Edited("stop", later)));
    assertThat(bold(UnitKind.UNIT).metric("revenue"))
        .as("until it was promoted")
        .isEqualTo(ArmSums.of(1, 3, 9));
  }

  @Test
  void sweep_experimentThatSplitRequests_countsItsUnitsAsBefore() {
    Instant ended = Instant.now().minus(KEEP).minusSeconds(60);
    made("e", UnitKind.REQUEST, ExperimentState.STOPPED, ended.minus(KEEP), ended);
    var _ = counts.deliver("j", 0, 1, batch("bold", 7));
    var _ = counts.deliver("j", 1, 2, exposed("bold", "r1", ended));
    var _ =
        counts.deliver(
            "j", 2, 3, outcomes(outcome(UnitKind.REQUEST, "r1", 3, ended.plusSeconds(3_600))));
    var _ = counts.deliver("j", 3, 4, batch("bold", 1, "r1"));
    ArmTotals before = bold(UnitKind.REQUEST);
    assertThat(new Books(database).sweep(KEEP, () -> false)).isEqualTo(new Books.Swept(1, 1, 0, 0));
    assertThat(bold(UnitKind.REQUEST).units()).isEqualTo(before.units()).isEqualTo(7);
    assertThat(bold(UnitKind.REQUEST).metrics()).isEqualTo(before.metrics());
    assertThat(before.metric("revenue")).isEqualTo(ArmSums.of(1, 3, 9));
  }

  @Test
  void deliver_oneIdFromManyReplicasAtOnce_isOneUnit() throws Exception {
    long each = 20;
    assertThat(definitions.all()).isEmpty(); // The schema is there.
    try (var second = new Database(settings());
        var threads = Executors.newFixedThreadPool(4)) {
      List<Counts> replicas = List.of(counts, new Counts(second));
      var delivered = new ArrayList<Future<?>>();
      for (int i = 0; i < 4; i++) {
        String journal = "j" + i;
        Counts replica = replicas.get(i % 2);
        delivered.add(
            threads.submit(() -> {
              for (int at = 0; at < each; at++) {
                var _ = replica.deliver(journal, at, at + 1, batch("bold", 1, "retried"));
              }
            }));
      }
      for (Future<?> delivery : delivered) {
        delivery.get();
      }
    }
    assertThat(bold(UnitKind.REQUEST).count(CountBatch.Count.EXPOSURE)).isEqualTo(4 * each);
    assertThat(bold(UnitKind.REQUEST).units()).isEqualTo(1);
  }

  @Test
  void sweep_forgottenDraft_holdsNothingBack() {
    Instant now = Instant.now();
    made("draft", UnitKind.UNIT, ExperimentState.DRAFT, now.minus(Duration.ofDays(300)), now);
    var _ =
        counts.deliver(
            "j",
            0,
            1,
            outcomes(
                outcome(UnitKind.UNIT, "u1", 1, now.minus(Duration.ofDays(31))),
                outcome(UnitKind.UNIT, "u1", 1, now.minus(Duration.ofDays(29)))));
    assertThat(new Books(database).sweep(KEEP, () -> false)).isEqualTo(new Books.Swept(0, 0, 1, 0));
  }

  @Test
  void outcomes_ofRequests_areNeverBefore() {
    made("e", UnitKind.REQUEST, ExperimentState.RUNNING, NOW.minus(Duration.ofDays(1)), NOW);
    var _ = counts.deliver("j", 0, 1, exposed("bold", "r1", NOW));
    var _ =
        counts.deliver(
            "j",
            1,
            2,
            outcomes(outcome(UnitKind.REQUEST, "r1", 3, NOW.minus(Duration.ofHours(1)))));
    assertThat(bold(UnitKind.REQUEST).metric("revenue")).isEqualTo(ArmSums.of(1, 3, 9));
  }

  @Test
  void deliver_anEarlierExposureLater_movesTheFirstBack() {
    made("e", UnitKind.UNIT, ExperimentState.RUNNING, NOW.minus(Duration.ofDays(1)), NOW);
    var _ = counts.deliver("j", 0, 1, exposed("bold", "u1", NOW));
    var _ = counts.deliver("k", 0, 1, exposed("bold", "u1", NOW.minus(Duration.ofHours(2))));
    var _ = counts.deliver("j", 1, 2, exposed("bold", "u1", NOW.plus(Duration.ofHours(2))));
    var _ =
        counts.deliver(
            "j", 2, 3, outcomes(outcome(UnitKind.UNIT, "u1", 3, NOW.minus(Duration.ofHours(1)))));
    assertThat(bold(UnitKind.UNIT).metric("revenue")).isEqualTo(ArmSums.of(1, 3, 9));
  }

  @Test
  void sweep_experimentsThatEndedLongAgo_saysTheSameFromSumsAlone() {
    Instant ended = Instant.now().minus(KEEP).minusSeconds(60);
    Instant at = ended.minus(Duration.ofDays(1));
    Instant longAgo = ended.minus(Duration.ofDays(100));
    made("e", UnitKind.UNIT, ExperimentState.STOPPED, longAgo, ended);
    var _ = counts.deliver("j", 0, 1, batch("bold", 3));
    var _ = counts.deliver("j", 1, 2, batch("control", 2));
    long next = 2;
    for (String unit : List.of("u1", "u2", "u3")) {
      var _ = counts.deliver("j", next, ++next, exposed("bold", unit, at));
    }
    for (String unit : List.of("u3", "u4")) {
      var _ = counts.deliver("j", next, ++next, exposed("control", unit, at));
    }
    var _ =
        counts.deliver(
            "j",
            next,
            ++next,
            outcomes(
                outcome(UnitKind.UNIT, "u1", 2, at.minus(Duration.ofHours(1))),
                outcome(UnitKind.UNIT, "u1", 3, at),
                outcome(UnitKind.UNIT, "u2", 5, at),
                outcome(UnitKind.UNIT, "stranger", 5, longAgo.minus(Duration.ofDays(40)))));
    Totals before = Totals.read(database, "e", UnitKind.UNIT);
    assertThat(before.crossed()).isEqualTo(1);
    var books = new Books(database);
    assertThat(books.sweep(KEEP, () -> true)).as("stopped").isEqualTo(new Books.Swept(0, 0, 0, 0));
    assertThat(books.sweep(KEEP.plusDays(1), () -> false).closed()).as("not yet").isZero();
    Books.Swept swept = books.sweep(KEEP, () -> false);
    assertThat(swept.closed()).isEqualTo(1);
    assertThat(swept.units()).isEqualTo(5);
    assertThat(rows("exposed_unit")).isZero();
    assertThat(books.sweep(KEEP, () -> false).closed()).as("once").isZero();
    Totals after = Totals.read(database, "e", UnitKind.UNIT);
    assertThat(after.crossed()).isEqualTo(1);
    for (String arm : List.of("bold", "control")) {
      assertThat(after.arm(arm).units()).isEqualTo(before.arm(arm).units());
      assertThat(after.arm(arm).metrics()).isEqualTo(before.arm(arm).metrics());
      assertThat(after.arm(arm).latencies()).isEqualTo(before.arm(arm).latencies());
    }
    assertThat(after.arm("bold").metric("revenue")).isEqualTo(ArmSums.NONE.with(3, 2).with(5, 0));
    // Who comes to closed books is not counted, and is gone with the next sweep.
    var _ = counts.deliver("j", next, next + 1, exposed("bold", "late", at));
    assertThat(bold(UnitKind.UNIT).units()).isEqualTo(3);
    assertThat(books.sweep(KEEP, () -> false).units()).isEqualTo(1);
  }

  @Test
  void sweep_fromManyReplicasAtOnce_closesEachOnce() throws Exception {
    Instant ended = Instant.now().minus(KEEP).minusSeconds(60);
    List<String> names = List.of("a", "b", "c", "d", "e", "f", "g", "h");
    long next = 0;
    for (String name : names) {
      made(name, UnitKind.UNIT, ExperimentState.STOPPED, ended, ended);
      var _ = counts.deliver("j", next, ++next, exposed(name, "bold", "u1", ended));
      var _ = counts.deliver("j", next, ++next, exposed(name, "bold", "u2", ended));
    }
    var closed = new ArrayList<Future<Integer>>();
    try (var second = new Database(settings());
        var threads = Executors.newFixedThreadPool(4)) {
      List<Books> replicas = List.of(new Books(database), new Books(second));
      for (int i = 0; i < 4; i++) {
        Books replica = replicas.get(i % 2);
        closed.add(threads.submit(() -> replica.sweep(KEEP, () -> false).closed()));
      }
    }
    int all = 0;
    for (Future<Integer> sweep : closed) {
      all += sweep.get();
    }
    assertThat(all).isEqualTo(names.size());
    for (String name : names) {
      assertThat(Totals.read(database, name, UnitKind.UNIT).arm("bold").units()).isEqualTo(2);
    }
    assertThat(rows("exposed_unit")).isZero();
  }

  @Test
  void sweep_experimentUnderWay_keepsWhatItNeeds_andNoMore() {
    Instant now = Instant.now();
    Instant created = now.minus(Duration.ofDays(200));
    made("e", UnitKind.UNIT, ExperimentState.RUNNING, created, created);
    made("over", UnitKind.UNIT, ExperimentState.PROMOTED, created.minus(KEEP), created);
    Instant needed = created.minus(Totals.PRE_PERIOD);
    var _ = counts.deliver("j", 0, 1, exposed("bold", "u1", created));
    var _ =
        counts.deliver(
            "j",
            1,
            2,
            outcomes(
                outcome(UnitKind.UNIT, "u1", 1, now),
                outcome(UnitKind.UNIT, "u1", 2, needed.plusSeconds(60)),
                outcome(UnitKind.UNIT, "u1", 4, needed.minusSeconds(60))));
    ArmTotals before = bold(UnitKind.UNIT);
    assertThat(new Books(database).sweep(KEEP, () -> false)).isEqualTo(new Books.Swept(1, 0, 1, 0));
    assertThat(rows("outcome")).isEqualTo(2);
    assertThat(bold(UnitKind.UNIT)).isEqualTo(before);
    assertThat(before.metric("revenue")).isEqualTo(ArmSums.NONE.with(1, 2));
  }

  @Test
  void sweep_moreThanOneTransactionDeletes_deletesAll() {
    Instant ended = Instant.now().minus(Duration.ofDays(100));
    made("e", UnitKind.UNIT, ExperimentState.STOPPED, ended, ended);
    int many = 21_000;
    var units = new String[many];
    for (int i = 0; i < many; i++) {
      units[i] = "u" + i;
    }
    var _ = counts.deliver("j", 0, 1, batch("bold", many, units));
    assertThat(new Books(database).sweep(KEEP, () -> false))
        .isEqualTo(new Books.Swept(1, many, 0, 0));
    assertThat(bold(UnitKind.UNIT).units()).isEqualTo(many);
  }
}
