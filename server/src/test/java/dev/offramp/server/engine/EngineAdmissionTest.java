package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** Who is let in, and in which order. */
class EngineAdmissionTest extends EngineFixture {

  @Test
  void offer_predictedWaitAboveTheLimit_isRefusedAndTheRestAnswered() throws Exception {
    lane.cost().note(3, 10_000); // So a text of 3 tokens takes 30,000 ns through 3 layers.
    occupy();
    for (int i = 0; i < 2; i++) { // After half of the one that runs, 15,000 ns, and 45,000 ns.
      assertThat(send(ExitRule.fullDepth()).offer()).isEqualTo(Engine.Offer.ACCEPTED);
    }
    assertThat(engine.predictedWait()).isEqualTo(Duration.ofNanos(75_000));
    Sent refused = send(ExitRule.fullDepth());
    assertThat(refused.offer()).isEqualTo(Engine.Offer.FULL);
    backend.openGate();
    engine.close();
    assertThat(refused.end()).isNotDone();
    assertThat(backend.textLayers).hasValue(CONFIG.layers() * (1 + 2));
  }

  @Test
  void offer_boldRule_countsForTheDepthExpectedOfIt() {
    var bold = new ExitRule.Threshold(ExitSignal.ENERGY, 0.3);
    lane.expect(bold, 1);
    lane.cost().note(3, 10_000);
    occupy();
    for (int i = 0; i < 6; i++) { // After 15,000, 25,000, ... and 65,000 ns.
      assertThat(send(bold).offer()).isEqualTo(Engine.Offer.ACCEPTED);
    }
    assertThat(send(bold).offer()).isEqualTo(Engine.Offer.FULL);
  }

  @Test
  void offer_deadlineBeforeItCouldStart_isLate() {
    lane.cost().note(3, 10_000);
    occupy();
    send(ExitRule.fullDepth());
    assertThat(send(ExitRule.fullDepth(), 50_000).offer()).isEqualTo(Engine.Offer.LATE);
    assertThat(send(ExitRule.fullDepth(), 60_000).offer()).isEqualTo(Engine.Offer.ACCEPTED);
  }

  @Test
  void offer_oneFlowFloods_anotherHasItsTurnNext() throws Exception {
    lane.cost().note(3, 5_000); // So a text takes 15,000 ns.
    occupy();
    var flood = new Object();
    var order = new ConcurrentLinkedQueue<String>();
    int accepted = 0;
    while (offer(flood, Priority.NORMAL, "flood", order) == Engine.Offer.ACCEPTED) {
      accepted++;
    }
    assertThat(accepted).isEqualTo(4);
    assertThat(offer(new Object(), Priority.NORMAL, "other", order))
        .isEqualTo(Engine.Offer.ACCEPTED);
    assertThat(offer(new Object(), Priority.HIGH, "high", order)).isEqualTo(Engine.Offer.ACCEPTED);
    // Texts of one token budget would share a batch; these orders show who was taken first.
    backend.openGate();
    engine.close();
    assertThat(order).containsExactly("high", "flood", "other", "flood", "flood", "flood");
  }

  @Test
  void offer_audits_startLast_andInBatchesOfTheirOwn() throws Exception {
    occupy();
    var order = new ConcurrentLinkedQueue<String>();
    offer("audits", Priority.AUDIT, "audit", order);
    offer("audits", Priority.AUDIT, "audit", order);
    offer("callers", Priority.LOW, "low", order);
    offer("callers", Priority.NORMAL, "normal", order);
    backend.openGate();
    engine.close();
    assertThat(order).containsExactly("normal", "low", "audit", "audit");
    // The one that occupied the worker, those that somebody waited for, and the audits.
    assertThat(backend.batches).hasValue(3);
  }

  @Test
  void offer_auditsOfAnotherModel_startWhenNoModelHasTextsThatSomebodyWaitsFor() throws Exception {
    occupy();
    var order = new ConcurrentLinkedQueue<String>();
    var other = new GatedBackend(CONFIG.classes());
    other.openGate();
    Lane otherLane = engine.open(CONFIG, other, () -> {});
    offer(otherLane, "audits", Priority.AUDIT, "audit", order);
    for (int i = 0; i < 3; i++) {
      offer(lane, "callers", Priority.NORMAL, "text" + i, order);
    }
    backend.openGate();
    engine.close();
    assertThat(order).containsExactly("text0", "text1", "text2", "audit");
    otherLane.release();
  }

  @Test
  void waits_textsThatQueued_areWhatTheirAnswersSay_withoutAudits() throws Exception {
    occupy(); // Which waits for nothing.
    Sent queued = send(ExitRule.fullDepth());
    offer("audits", Priority.AUDIT, "audit", new ConcurrentLinkedQueue<>());
    clock.set(300_000);
    backend.openGate();
    engine.close();
    assertThat(queued.end().get().queueNanos()).isEqualTo(300_000);
    assertThat(lane.waits().counted().nanos()).isEqualTo(300_000);
    assertThat(lane.waits().counted().counts()).startsWith(1L, 1L, 0L);
  }

  private Engine.Offer offer(Object flow, Priority priority, String name, Queue<String> order) {
    return offer(lane, flow, priority, name, order);
  }

  private Engine.Offer offer(
      Lane to, Object flow, Priority priority, String name, Queue<String> order) {
    DepartureListener listener = _ -> order.add(name);
    return engine.offer(
        to,
        new Passage(
            EncodedText.of(2, 5, 3),
            new Caller(ExitRule.fullDepth(), Caller.NO_DEADLINE, listener),
            priority,
            flow,
            null,
            null,
            true));
  }
}
