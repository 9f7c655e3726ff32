package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is taken first, without workers: the test takes. */
class WorkQueueTest {
  private static final ModelConfig CONFIG = RandomModels.config(4, 8, 2, 16, 2);
  private static final int LIMIT = 1_000;
  private static final int BATCH = 2;

  private final AtomicLong clock = new AtomicLong();
  private final WorkQueue queue = new WorkQueue(1, LIMIT, clock::get);
  private final Lane lane =
      new Lane(CONFIG, new GatedBackend(2), () -> {}, 1, new BatchLimits(64, BATCH));

  private static Caller caller() {
    return new Caller(
        ExitRule.fullDepth(), Caller.NO_DEADLINE, new FutureListener(new CompletableFuture<>()));
  }

  private Passage offer(Priority priority) {
    Passage passage = passage(priority, 1);
    assertThat(queue.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
    return passage;
  }

  private Passage passage(Priority priority, double predictedNanos) {
    return passage(priority, predictedNanos, this);
  }

  private Passage passage(Priority priority, double predictedNanos, Object flow) {
    var passage = new Passage(EncodedText.of(2, 5, 3), caller(), priority, flow, null, null, false);
    passage.accepted(
        CONFIG.layers(), CONFIG.classes(), clock.get(), predictedNanos, lane.expectations());
    return passage;
  }

  @Test
  void offer_asManyWaitAsMay_isRefusedAsCrowdedHoweverShortTheWait() {
    for (int i = 0; i < WorkQueue.MOST_TEXTS; i++) {
      Passage passage = passage(Priority.NORMAL, 0);
      assertThat(queue.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
    }
    assertThat(queue.offer(lane, passage(Priority.HIGH, 0))).isEqualTo(Engine.Offer.CROWDED);
    assertThat(take()).hasSize(BATCH);
    offer(Priority.NORMAL);
  }

  private List<Passage> take() {
    var taken = new ArrayList<Passage>();
    queue.take(lane, 64, BATCH, taken);
    return taken;
  }

  @Test
  void take_newTextsKeepComing_lowOnesStartOnceTheyAreOverdueOneABatch() {
    Passage low = offer(Priority.LOW);
    Passage lowToo = offer(Priority.LOW);
    for (int i = 0; i < 5; i++, clock.addAndGet(LIMIT / 5)) {
      List<Passage> normal = List.of(offer(Priority.NORMAL), offer(Priority.NORMAL));
      assertThat(take()).isEqualTo(normal);
    }
    clock.incrementAndGet();
    List<Passage> high = List.of(offer(Priority.HIGH), offer(Priority.HIGH));
    assertThat(take()).containsExactly(low, high.get(0));
    assertThat(take()).containsExactly(lowToo, high.get(1));
    assertThat(take()).isEmpty();
    assertThat(queue.lanes()).isEmpty();
  }

  @Test
  void take_audits_areNeverOverdue() {
    Passage audit = offer(Priority.AUDIT);
    clock.addAndGet(2 * LIMIT);
    Passage normal = offer(Priority.NORMAL);
    Passage normalToo = offer(Priority.NORMAL);
    assertThat(take()).containsExactly(normal, normalToo);
    assertThat(take()).containsExactly(audit);
  }

  @Test
  void waitNanos_auditsThatGather_areNoPace() {
    offer(Priority.AUDIT);
    for (int i = 0; i < 100; i++) {
      clock.addAndGet(Duration.ofMillis(100).toNanos());
      queue.ended(0, 0);
    }
    assertThat(queue.offer(lane, passage(Priority.NORMAL, 400))).isEqualTo(Engine.Offer.ACCEPTED);
    assertThat(queue.waitNanos()).isEqualTo(400);
  }

  @Test
  void waitNanos_textsThatEndLaterThanPredicted_isByTheirPace() {
    List<Passage> slow = List.of(passage(Priority.NORMAL, 400), passage(Priority.NORMAL, 400));
    slow.forEach(p -> assertThat(queue.offer(lane, p)).isEqualTo(Engine.Offer.ACCEPTED));
    for (int i = 0; i < 60; i++) {
      clock.addAndGet(Duration.ofMillis(300).toNanos());
      queue.ended(150e6, 150e6);
    }
    assertThat(queue.waitNanos()).isCloseTo(2 * 800, within(1.0));
    assertThat(queue.offer(lane, passage(Priority.NORMAL, 1))).isEqualTo(Engine.Offer.FULL);
  }

  @ParameterizedTest
  @CsvSource({"200, 490, LATE", "200, 510, ACCEPTED", "1000, 590, LATE", "1000, 610, ACCEPTED"})
  void offer_deadline_isLateWhereWaitingWouldCostTheDepthAskedFor(
      long likelyNanos, long deadlineNanos, Engine.Offer expected) {
    learnTimes(likelyNanos);
    assertThat(queue.offer(lane, passage(Priority.NORMAL, 300))).isEqualTo(Engine.Offer.ACCEPTED);
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(queue.offer(lane, passageDue(deadlineNanos))).isEqualTo(expected);
  }

  @Test
  void offer_deadline_queueOfAMoment_isLateOnlyWhereNothingCouldBeAnswered() {
    learnTimes(200);
    assertThat(queue.offer(lane, passage(Priority.NORMAL, 300))).isEqualTo(Engine.Offer.ACCEPTED);
    assertThat(queue.offer(lane, passageDue(300))).isEqualTo(Engine.Offer.LATE);
    assertThat(queue.offer(lane, passageDue(310))).isEqualTo(Engine.Offer.ACCEPTED);
  }

  @Test
  void offer_deadlineTooShortForTheDepthAskedFor_nobodyWaits_isAccepted() {
    learnTimes(1_000);
    assertThat(queue.offer(lane, passageDue(10))).isEqualTo(Engine.Offer.ACCEPTED);
  }

  private void learnTimes(long nanos) {
    var exit = new Exit(CONFIG.layers(), Exit.Reason.LAST_EXIT);
    for (int i = 0; i < 1_000; i++) {
      lane.expectations().note(ExitRule.fullDepth(), exit, 0, nanos);
    }
  }

  private Passage passageDue(long deadlineNanos) {
    var listener = new FutureListener(new CompletableFuture<>());
    var caller = new Caller(ExitRule.fullDepth(), clock.get() + deadlineNanos, listener);
    var text = EncodedText.of(2, 5, 3);
    var passage = new Passage(text, caller, Priority.NORMAL, this, null, null, false);
    passage.accepted(CONFIG.layers(), CONFIG.classes(), clock.get(), 1, lane.expectations());
    return passage;
  }

  @Test
  void join_textThatWaitsBehindOnesTurn_isNotForThoseOfHigherPriority() {
    Passage low = offer(Priority.LOW);
    assertThat(low.join(caller(), Priority.NORMAL)).isNull();
    assertThat(low.join(caller(), Priority.LOW)).isNotNull();
    assertThat(take()).containsExactly(low);
    assertThat(low.join(caller(), Priority.HIGH)).as("begun").isNotNull();
  }

  private Passage offerFrom(String flow) {
    Passage passage = passage(Priority.NORMAL, 1, flow);
    assertThat(queue.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
    return passage;
  }

  private @Nullable Passage takeOne() {
    var taken = new ArrayList<Passage>();
    queue.take(lane, 64, 1, taken);
    return taken.isEmpty() ? null : taken.getFirst();
  }

  @Test
  void joined_fromAnotherFlow_hasItsTurnInWhicheverComesFirst_andOnce() {
    var flood = new ArrayList<Passage>();
    for (int i = 0; i < 10; i++) {
      flood.add(offerFrom("flood"));
    }
    Passage wanted = flood.getLast();
    assertThat(queue.waitNanos(Priority.NORMAL, "calm")).as("one turn of each").isEqualTo(2);
    queue.joined(lane, wanted, "calm");
    queue.joined(lane, wanted, "calm");
    assertThat(queue.waitNanos(Priority.NORMAL, "calm")).as("behind its own").isEqualTo(4);
    queue.joined(lane, flood.get(1), "third");
    assertThat(takeOne()).isEqualTo(flood.getFirst());
    assertThat(takeOne()).as("calm's turn").isEqualTo(wanted);
    assertThat(takeOne()).as("third's turn").isEqualTo(flood.get(1));
    Passage own = offerFrom("calm");
    assertThat(takeOne())
        .as("the flood's turn, whose second place was taken")
        .isEqualTo(flood.get(2));
    assertThat(takeOne()).isEqualTo(own);
    for (int i = 3; i < 9; i++) {
      assertThat(takeOne()).isEqualTo(flood.get(i));
    }
    assertThat(takeOne()).isNull();
    assertThat(queue.lanes()).isEmpty();
    assertThat(lane.arrivals.tokens()).isZero();
    assertThat(queue.waitNanos(Priority.NORMAL, "calm"))
        .as("half of what was begun")
        .isEqualTo(5.5);
    queue.joined(lane, wanted, "late"); // Nothing waits any more.
    assertThat(takeOne()).isNull();
  }

  @Test
  void joined_whereNobodyWaitsAnyMore_isSweptOnce() {
    Passage given = offerFrom("flood");
    Passage kept = offerFrom("flood");
    queue.joined(lane, given, "calm");
    given.abandon();
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    var deserted = new ArrayList<Passage>();
    queue.sweep(lane, deserted, new Ends());
    assertThat(deserted).containsExactly(given);
    assertThat(lane.arrivals.tokens()).isEqualTo(kept.tokens());
    assertThat(takeOne()).isEqualTo(kept);
    assertThat(takeOne()).isNull();
  }

  @Test
  void ended_textsThatRanNoLayer_showNoPace() {
    for (int i = 0; i < 10; i++) {
      offerFrom("patient");
    }
    double before = queue.waitNanos();
    for (int i = 0; i < 100; i++) {
      clock.addAndGet(Duration.ofMillis(100).toNanos());
      queue.ended(0, 1e6); // A hundredth of what was predicted.
    }
    double slow = queue.waitNanos();
    assertThat(slow).isGreaterThan(10 * before);
    for (int i = 0; i < 100; i++) {
      clock.addAndGet(Duration.ofMillis(100).toNanos());
      queue.ended(100e6, 1e6); // Nor are those quick that nobody waits for.
    }
    assertThat(queue.waitNanos()).isEqualTo(slow, within(slow / 100));
  }
}
