package dev.offramp.cli.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.client.Input;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Runs in virtual time: every number is exact, but for the histogram's three digits. */
final class LoadRunTest {
  private static final long SEED = 23;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;
  private static final ArrivalPlan PLAN = ArrivalPlan.even(100, Duration.ofSeconds(3));

  private final VirtualTime time = new VirtualTime();
  private final List<Query> asked = new ArrayList<>();

  @Test
  void run_steadyTarget_countsEveryCallAndItsTime() throws InterruptedException {
    LoadResult result = run(PLAN, workload(TierMix.FULL), answeringAt(sent -> sent + 5 * MILLI));
    TierResult all = result.all();
    assertThat(all.planned()).isEqualTo(300);
    assertThat(all.sent()).isEqualTo(300);
    assertThat(all.count(Outcome.ANSWERED)).isEqualTo(300);
    assertThat(all.good()).isEqualTo(300);
    assertThat(all.latency().millis(50)).isCloseTo(5, within(0.01));
    assertThat(all.latency().maxMillis()).isCloseTo(5, within(0.01));
    assertThat(all.layerSpeedup()).isEqualTo(2);
    assertThat(all.meanExitDepth()).isEqualTo(3);
    assertThat(result.seconds()).isEqualTo(3);
    assertThat(result.perSecond(all.sent())).isEqualTo(100);
    assertThat(result.sendLag().lag().maxMillis()).isZero();
    assertThat(result.lagWarning()).isEmpty();
    assertThat(result.mostOutstanding()).isOne();
  }

  @Test
  void run_serverStalls_callsPlannedMeanwhileAreSentAndCountFromTheirPlan()
      throws InterruptedException {
    // Nothing is answered from 1 s to 2 s: the 100 calls of that second wait 1000, 990, ... 10 ms.
    LoadResult result =
        run(
            PLAN,
            workload(TierMix.FULL),
            answeringAt(sent -> sent >= SECOND && sent < 2 * SECOND ? 2 * SECOND : sent + MILLI));
    Percentiles latency = result.all().latency();
    assertThat(latency.count()).isEqualTo(300);
    assertThat(latency.maxMillis()).isCloseTo(1000, within(1.0));
    assertThat(latency.millis(50)).isCloseTo(1, within(0.01));
    assertThat(latency.millis(90)).isCloseTo(700, within(10.0));
    assertThat(result.mostOutstanding()).isBetween(100, 102);
    // By when calls were due, the stall is where it was; by arrival it is a gap.
    assertThat(result.timeline().get(1).p50Millis()).isCloseTo(505, within(10.0));
    assertThat(result.timeline().get(1).answered()).isZero();
    assertThat(result.timeline().get(2).answered()).isEqualTo(200);
    assertThat(result.timeline().get(2).p50Millis()).isCloseTo(1, within(0.05));
  }

  @Test
  void run_generatorStalls_latencyCountsFromThePlanAndServiceDoesNot() throws InterruptedException {
    // The call due at 1 s keeps the generator for a second; the next 99 are late by up to 990 ms.
    LoadTarget steady = answeringAt(sent -> sent + MILLI);
    LoadResult result =
        run(
            PLAN,
            workload(TierMix.FULL),
            (query, done) -> {
              steady.send(query, done);
              if (time.nanoTime() == SECOND) {
                time.passTo(2 * SECOND);
              }
            });
    TierResult all = result.all();
    assertThat(all.count(Outcome.ANSWERED)).isEqualTo(300);
    assertThat(all.latency().maxMillis()).isCloseTo(991, within(1.0));
    assertThat(all.latency().millis(90)).isCloseTo(701, within(15.0));
    assertThat(all.service().maxMillis()).isCloseTo(1, within(0.01));
    assertThat(result.sendLag().lag().maxMillis()).isCloseTo(990, within(1.0));
    assertThat(result.lagWarning())
        .hasValueSatisfying(warning ->
            assertThat(warning).contains("send lag", "expected: <= 0.100 ms", "lower --rate"));
  }

  @Test
  void run_answersBeyondTheDeadline_areNotGood() throws InterruptedException {
    LoadResult result =
        run(
            PLAN,
            new Workload(texts(3), TierMix.FULL, Duration.ofMillis(20), query -> query, SEED),
            answeringAt(sent -> sent + (sent < SECOND ? 30 : 10) * MILLI));
    assertThat(result.all().count(Outcome.ANSWERED)).isEqualTo(300);
    assertThat(result.all().good()).isEqualTo(200);
  }

  @Test
  void run_tooManyOutstanding_dropsAndCountsThem() throws InterruptedException {
    LoadResult result =
        new LoadRun(PLAN, workload(TierMix.FULL), answeringAt(sent -> sent + 100 * MILLI), 5, time)
            .run();
    // Five calls each 100 ms, ten are due in that time.
    assertThat(result.all().planned()).isEqualTo(300);
    assertThat(result.all().dropped()).isBetween(140L, 160L);
    assertThat(result.all().sent() + result.all().dropped()).isEqualTo(300);
    assertThat(result.all().count(Outcome.ANSWERED)).isEqualTo(result.all().sent());
    assertThat(result.mostOutstanding()).isEqualTo(5);
  }

  @Test
  void run_generatorFarTooSlow_endsAndDropsTheRest() throws InterruptedException {
    LoadResult result =
        run(
            PLAN,
            workload(TierMix.FULL),
            (query, done) -> {
              time.passTo(time.nanoTime() + SECOND);
              done.accept(Reply.answered(1, 1, false, false));
            });
    // One a second, and the plan is over after three: those sent at 0, 1, 2, 3 and 4 s.
    assertThat(result.all().sent()).isEqualTo(5);
    assertThat(result.all().dropped()).isEqualTo(295);
  }

  @Test
  void run_withWarmUp_countsNothingOfIt() throws InterruptedException {
    LoadResult result =
        run(
            PLAN.withWarmUp(Duration.ofSeconds(2)),
            workload(TierMix.FULL),
            answeringAt(sent -> sent + (sent < 2 * SECOND ? 500 : 1) * MILLI));
    assertThat(asked).hasSize(500);
    assertThat(result.all().sent()).isEqualTo(300);
    assertThat(result.all().latency().maxMillis()).isCloseTo(1, within(0.01));
    assertThat(result.seconds()).isEqualTo(3);
    assertThat(result.timeline().stream().map(Slice::planned)).containsOnly(100L);
  }

  @Test
  void run_failures_areCountedByKindWithTheFirstMessage() throws InterruptedException {
    List<Outcome> outcomes =
        Stream.of(Outcome.values()).filter(one -> one != Outcome.UNFINISHED).toList();
    LoadResult result =
        run(
            PLAN,
            workload(TierMix.FULL),
            (query, done) -> {
              asked.add(query);
              Outcome outcome = outcomes.get(asked.size() % outcomes.size());
              done.accept(
                  outcome == Outcome.ANSWERED
                      ? Reply.answered(1, 4, true, true)
                      : Reply.failed(outcome, outcome + " of call " + asked.size()));
            });
    TierResult all = result.all();
    assertThat(all.count(Outcome.REJECTED)).isEqualTo(34);
    assertThat(all.count(Outcome.DEADLINE_EXCEEDED)).isEqualTo(34);
    assertThat(all.count(Outcome.ANSWERED)).isEqualTo(33);
    assertThat(all.failed()).isEqualTo(300 - 34 - 34 - 33);
    assertThat(all.failures().keySet())
        .containsExactly(
            Outcome.UNAVAILABLE,
            Outcome.INVALID,
            Outcome.NOT_FOUND,
            Outcome.SERVER_ERROR,
            Outcome.CANCELLED,
            Outcome.OTHER);
    assertThat(all.cached()).isEqualTo(33);
    assertThat(all.deadlineExits()).isEqualTo(33);
    assertThat(result.messages()).containsEntry(Outcome.REJECTED, "REJECTED of call 1");
  }

  @Test
  void run_noReply_endsAfterTheDeadlineWithUnfinishedCalls() throws InterruptedException {
    LoadResult result = run(PLAN, workload(TierMix.FULL), (query, done) -> {});
    assertThat(result.all().count(Outcome.UNFINISHED)).isEqualTo(300);
    assertThat(result.all().latency().millis(50)).isNaN();
    assertThat(result.numbers().toString()).contains("p50Millis=null");
  }

  @Test
  void stop_midway_reportsWhatWasMeasured() throws InterruptedException {
    LoadTarget steady = answeringAt(sent -> sent + MILLI);
    var run =
        new LoadRun(PLAN, workload(TierMix.FULL), steady, LoadRun.DEFAULT_MAX_OUTSTANDING, time);
    time.at(SECOND + MILLI, run::stop);
    LoadResult result = run.run();
    assertThat(result.stopped()).isTrue();
    assertThat(result.all().count(Outcome.ANSWERED)).isEqualTo(101);
    assertThat(result.seconds()).isBetween(1.0, 1.02);
  }

  @Test
  void run_tiersByWeight_sendsEachTextInTurnAndTiersAsDrawn() throws InterruptedException {
    System.out.println("seed " + SEED);
    LoadResult result =
        run(
            ArrivalPlan.even(1000, Duration.ofSeconds(10)),
            workload(TierMix.parse("x2=0.7,x4=0.3")),
            answeringAt(sent -> sent + MILLI));
    assertThat(result.tiers()).extracting(TierResult::name).containsExactly("x2", "x4");
    assertThat(result.tiers().getFirst().sent() / 10_000.0).isCloseTo(0.7, within(0.03));
    assertThat(result.all().sent()).isEqualTo(10_000);
    assertThat(new HashSet<>(asked.subList(0, 50).stream().map(Query::input).toList())).hasSize(50);
    assertThat(asked.get(50).input()).isEqualTo(asked.get(0).input());
    assertThat(asked).extracting(Query::exit).contains(Tier.of("x2"), Tier.of("x4"));
    assertThat(asked.subList(0, 50).stream().map(Query::input).toList()).isNotEqualTo(texts(50));
  }

  @Test
  void run_sameSeed_asksTheSameCalls() throws InterruptedException {
    Workload workload = workload(TierMix.parse("x2,x4"));
    run(PLAN, workload, answeringAt(sent -> sent + MILLI));
    List<Query> first = List.copyOf(asked);
    asked.clear();
    run(PLAN, workload, answeringAt(sent -> sent + MILLI));
    assertThat(asked).isEqualTo(first);
  }

  @Test
  void run_badSettings_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new LoadRun(PLAN, workload(TierMix.FULL), answeringAt(sent -> sent), 0, time))
        .withMessage("max outstanding: 0 (expected: >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new Workload(List.of(), TierMix.FULL, Duration.ofSeconds(1), query -> query, SEED))
        .withMessageStartingWith("inputs: none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Workload(texts(1), TierMix.FULL, Duration.ZERO, query -> query, SEED))
        .withMessageStartingWith("deadline: 0s");
  }

  private LoadResult run(ArrivalPlan plan, Workload workload, LoadTarget target)
      throws InterruptedException {
    return new LoadRun(plan, workload, target, LoadRun.DEFAULT_MAX_OUTSTANDING, time).run();
  }

  /** Answers each call at a time that depends on when it was sent, at depth 3 of 6. */
  private LoadTarget answeringAt(LongUnaryOperator answer) {
    return (query, done) -> {
      asked.add(query);
      time.at(
          answer.applyAsLong(time.nanoTime()),
          () -> done.accept(Reply.answered(3, 6, false, false)));
    };
  }

  private static Workload workload(TierMix mix) {
    return new Workload(texts(50), mix, Duration.ofSeconds(10), query -> query, SEED);
  }

  private static List<Input> texts(int count) {
    return IntStream.range(0, count).<Input>mapToObj(i -> new Input.Text("text " + i)).toList();
  }
}
