package dev.offramp.server.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RunningTest {

  private static ExperimentStatus status(Definition definition, ExperimentState state) {
    return new ExperimentStatus(
        definition.make(),
        state,
        3,
        state == ExperimentState.PROMOTED ? "bold" : "",
        ArmStates.NONE,
        Instant.EPOCH,
        Instant.EPOCH);
  }

  private static Running running(Definition definition) {
    return Running.of(List.of(status(definition, ExperimentState.RUNNING)));
  }

  private static Optional<String> arm(Running running, String unit, Map<String, String> metadata) {
    return running
        .place("sst2", new Subject(unit, "r-" + unit, metadata))
        .map(placement -> placement.arm().name());
  }

  private static Optional<String> arm(Running running, String unit) {
    return arm(running, unit, Map.of());
  }

  @Test
  void place_manyUnits_splitsThemAsTheAssignmentDoes() {
    Definition definition = new Definition("e");
    Running running = running(definition);
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < 10_000; i++) {
      counts.merge(arm(running, "user-" + i).orElseThrow(), 1, Integer::sum);
      assertThat(arm(running, "user-" + i))
          .contains(definition.arms.get(definition.make().assignment().arm("user-" + i)).name());
    }
    assertThat(counts.get("bold")).isBetween(4_800, 5_200); // 4 standard deviations.
  }

  @Test
  void place_coverageRaised_movesNobody() {
    Definition narrow = new Definition("e");
    narrow.coverage = 0.2;
    Running before = running(narrow);
    Running after = running(new Definition("e"));
    int covered = 0;
    for (int i = 0; i < 10_000; i++) {
      Optional<String> was = arm(before, "user-" + i);
      if (was.isPresent()) {
        covered++;
        assertThat(arm(after, "user-" + i)).isEqualTo(was);
      }
    }
    assertThat(covered).isBetween(1_840, 2_160);
  }

  @Test
  void place_onlyRunningOnes_ofThatModel() {
    for (ExperimentState state :
        List.of(ExperimentState.DRAFT, ExperimentState.PAUSED, ExperimentState.STOPPED)) {
      assertThat(arm(Running.of(List.of(status(new Definition("e"), state))), "u")).isEmpty();
    }
    Running running = running(new Definition("e"));
    assertThat(running.concerns("sst2")).isTrue();
    assertThat(running.concerns("other")).isFalse();
    assertThat(running.place("other", new Subject("u", "r", Map.of()))).isEmpty();
  }

  @Test
  void place_noUnit_onlyWhereRequestsAreSplit() {
    assertThat(arm(running(new Definition("e")), "")).isEmpty();
    Definition requests = new Definition("e");
    requests.unit = UnitKind.REQUEST;
    Placement placement =
        running(requests).place("sst2", new Subject("", "r-1", Map.of())).orElseThrow();
    assertThat(placement.unit()).isEqualTo("r-1");
  }

  @Test
  void place_targeting_letsOnlyThoseIn() {
    Definition definition = new Definition("e");
    definition.targeting.add(new Condition("country", Set.of("at", "de"), false));
    definition.targeting.add(new Condition("beta", Set.of("no"), true));
    Running running = running(definition);
    assertThat(arm(running, "u", Map.of("country", "at"))).isPresent();
    assertThat(arm(running, "u", Map.of("country", "fr"))).isEmpty();
    assertThat(arm(running, "u", Map.of("country", "at", "beta", "no"))).isEmpty();
    assertThat(arm(running, "u")).isEmpty();
  }

  @Test
  void place_override_winsAndIsNotCounted() {
    Definition definition = new Definition("e").within("n", 0, 0.0001);
    definition.targeting.add(new Condition("country", Set.of("at"), false));
    definition.overrides.put("tester", "bold");
    Placement placement =
        running(definition).place("sst2", new Subject("tester", "r", Map.of())).orElseThrow();
    assertThat(placement.arm().name()).isEqualTo("bold");
    assertThat(placement.counted()).isFalse();
  }

  @Test
  void place_overrideOfAUnitWhereRequestsAreSplit_goesByTheUnit() {
    Definition definition = new Definition("e");
    definition.unit = UnitKind.REQUEST;
    definition.overrides.put("tester", "bold");
    definition.overrides.put("r7", "control");
    Running running = running(definition);
    for (int i = 0; i < 20; i++) {
      assertThat(override(running, "tester", "r" + i)).contains("bold");
    }
    assertThat(override(running, "", "r7")).contains("control");
    assertThat(override(running, "somebody", "r8")).isEmpty();
  }

  private static Optional<String> override(Running running, String unit, String request) {
    return running
        .place("sst2", new Subject(unit, request, Map.of()))
        .filter(placement -> !placement.counted())
        .map(placement -> placement.arm().name());
  }

  @Test
  void place_overrideInTheSecondOfTwo_isNotTakenByTheFirst() {
    Definition second = new Definition("b").within("n", 0.5, 1);
    second.overrides.put("tester", "bold");
    Running running =
        Running.of(
            List.of(
                status(new Definition("a").within("m", 0, 1), ExperimentState.RUNNING),
                status(second, ExperimentState.RUNNING)));
    Placement placement = running.place("sst2", new Subject("tester", "r", Map.of())).orElseThrow();
    assertThat(placement.experiment().name()).isEqualTo("b");
  }

  @Test
  void place_twoInOneNamespace_shareNoUnit() {
    Running running =
        Running.of(
            List.of(
                status(new Definition("a").within("n", 0, 0.5), ExperimentState.RUNNING),
                status(new Definition("b").within("n", 0.5, 1), ExperimentState.RUNNING)));
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < 10_000; i++) {
      Placement placement =
          running.place("sst2", new Subject("user-" + i, "r", Map.of())).orElseThrow();
      counts.merge(placement.experiment().name(), 1, Integer::sum);
    }
    assertThat(counts).containsOnlyKeys("a", "b");
    assertThat(counts.get("a")).isBetween(4_800, 5_200);
  }

  @Test
  void place_promoted_appliesTheWinnerToWhomNoRunningOneTakes_uncounted() {
    Definition winner = new Definition("a");
    winner.coverage = 0.1;
    Running running =
        Running.of(
            List.of(
                status(winner, ExperimentState.PROMOTED),
                status(new Definition("b").within("n", 0, 0.5), ExperimentState.RUNNING)));
    int promoted = 0;
    for (int i = 0; i < 1_000; i++) {
      Placement placement =
          running.place("sst2", new Subject("user-" + i, "r", Map.of())).orElseThrow();
      if (placement.experiment().name().equals("a")) {
        promoted++;
        assertThat(placement.arm().name()).isEqualTo("bold");
        assertThat(placement.counted()).isFalse();
      }
    }
    assertThat(promoted).isBetween(437, 563);
  }

  @Test
  void place_stoppedArm_isForNobody_andTheOthersKeepTheirs() {
    Definition definition = new Definition("e");
    definition.overrides.put("tester", "bold");
    ExperimentStatus whole = status(definition, ExperimentState.RUNNING);
    var stopped =
        new ExperimentStatus(
            whole.experiment(),
            whole.state(),
            whole.version(),
            "",
            new ArmStates(List.of("bold"), Map.of()),
            whole.created(),
            whole.changed());
    Running before = Running.of(List.of(whole));
    Running after = Running.of(List.of(stopped));
    for (int i = 0; i < 1_000; i++) {
      String unit = "user-" + i;
      assertThat(arm(after, unit))
          .isEqualTo(arm(before, unit).filter(arm -> arm.equals("control")));
    }
    assertThat(arm(before, "tester")).contains("bold");
    assertThat(arm(after, "tester")).isEmpty();
  }
}
