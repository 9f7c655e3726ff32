package dev.offramp.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.cache.SharedTexts.Outcome;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.GatedBackend;
import dev.offramp.server.engine.Lane;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Texts that many ask for at once, on an engine whose layers run when the test says so. */
@Timeout(60)
class SharedTextsTest {

  private static final ModelConfig CONFIG = RandomModels.config(3, 8, 2, 16, 2);
  private static final ExitRule EARLY = new ExitRule.Threshold(ExitSignal.ENERGY, 0.3);

  private final GatedBackend backend = new GatedBackend(CONFIG.classes());
  private final TraceCache cache =
      new TraceCache(new CacheSettings(1 << 20, 1 << 20, Optional.empty()));
  private final SharedTexts texts = new SharedTexts(cache);
  private final Engine engine =
      new Engine(
          new EngineSettings(1, new BatchLimits(64, 16), Duration.ofSeconds(60)), System::nanoTime);
  private final Lane lane = engine.open(CONFIG, backend, () -> {});

  @AfterEach
  void closeEngine() {
    backend.openGate();
    lane.release();
    engine.close();
  }

  private record Asked(Outcome outcome, CompletableFuture<Departure> end) {}

  private Asked ask(int token, ExitRule rule) {
    return ask(token, rule, Caller.NO_DEADLINE);
  }

  private Asked ask(int token, ExitRule rule, long deadlineNanos) {
    return ask(token, rule, deadlineNanos, this);
  }

  private Asked ask(int token, ExitRule rule, long deadlineNanos, Object flow) {
    var end = new CompletableFuture<Departure>();
    var listener =
        new Caller.Listener() {
          @Override
          public void onDeparture(Departure departure) {
            end.complete(departure);
          }

          @Override
          public void onAbandoned() {
            end.cancel(false);
          }

          @Override
          public void onFailure(Throwable cause) {
            end.completeExceptionally(cause);
          }
        };
    Outcome outcome =
        texts.answer(
            new TextKey(1, EncodedText.of(2, token, 3)),
            rule,
            new Caller(rule, deadlineNanos, listener),
            Priority.NORMAL,
            flow,
            new SharedTexts.Computation() {
              @Override
              public Engine.Offer offer(Passage passage, boolean resumed) {
                return engine.offer(lane, passage);
              }

              @Override
              public void joined(Passage passage) {
                engine.joined(lane, passage, Priority.NORMAL, flow);
              }
            });
    return new Asked(outcome, end);
  }

  @Test
  void answer_sameTextFromManyThreadsAtOnce_runsOnceForAll() throws Exception {
    var threads = new ArrayList<Thread>();
    List<CompletableFuture<Departure>> ends = new ArrayList<>();
    var offered = new AtomicInteger();
    for (int i = 0; i < 50; i++) {
      var end = new CompletableFuture<Departure>();
      ends.add(end);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                Asked asked = ask(7, ExitRule.fullDepth());
                offered.addAndGet(asked.outcome() instanceof Outcome.Offered ? 1 : 0);
                var _ = asked.end().thenAccept(end::complete);
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(offered).hasValue(1);
    backend.openGate();
    for (CompletableFuture<Departure> end : ends) {
      assertThat(end.get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
    }
    assertThat(backend.textLayers).hasValue(3);
    assertThat(cache.statistics().coalesced()).isEqualTo(49);
    assertThat(texts.inFlight()).isZero();
  }

  @Test
  void answer_stricterRule_goesOnWhereTheBolderOneLeft() throws Exception {
    backend.openGate();
    assertThat(ask(7, EARLY).end().get(30, TimeUnit.SECONDS).exit())
        .isEqualTo(new Exit(1, Exit.Reason.RULE));
    Asked full = ask(7, ExitRule.fullDepth());
    assertThat(full.outcome()).isEqualTo(new Outcome.Offered(Engine.Offer.ACCEPTED));
    assertThat(full.end().get(30, TimeUnit.SECONDS).exit())
        .isEqualTo(new Exit(3, Exit.Reason.LAST_EXIT));
    assertThat(backend.textLayers).as("one layer, then the two that were left").hasValue(3);
    assertThat(ask(7, EARLY).outcome()).isInstanceOf(Outcome.Known.class);
    CacheStatistics statistics = cache.statistics();
    assertThat(statistics.misses()).isOne();
    assertThat(statistics.partialHits()).isOne();
    assertThat(statistics.hits()).isOne();
  }

  @Test
  void answer_stricterRuleWithoutTimeForALayer_getsTheDeepestExitThatIsKnown() throws Exception {
    backend.openGate();
    var _ = ask(7, EARLY).end().get(30, TimeUnit.SECONDS);
    long now = System.nanoTime();
    assertThat(ask(7, ExitRule.fullDepth(), now).outcome())
        .isInstanceOfSatisfying(
            Outcome.Known.class,
            known -> assertThat(known.hit().exit()).isEqualTo(new Exit(1, Exit.Reason.DEADLINE)));
    assertThat(ask(8, ExitRule.fullDepth(), now).outcome())
        .as("nothing is known of that one")
        .isEqualTo(new Outcome.Offered(Engine.Offer.LATE));
    assertThat(texts.inFlight()).isZero();
    assertThat(backend.textLayers).hasValue(1);
  }

  @Test
  void answer_engineTakesNoMore_leavesNothingThatOthersCouldJoin() throws Exception {
    backend.openGate();
    var _ = ask(7, EARLY).end().get(30, TimeUnit.SECONDS);
    engine.close();
    for (int token : new int[] {7, 8}) {
      assertThat(ask(token, ExitRule.fullDepth()).outcome())
          .as("token %s", token)
          .isEqualTo(new Outcome.Offered(Engine.Offer.CLOSED));
    }
    assertThat(texts.inFlight()).isZero();
    assertThat(ask(7, EARLY).outcome()).isInstanceOf(Outcome.Known.class);
    CacheStatistics statistics = cache.statistics();
    assertThat(statistics.coalesced()).isZero();
    assertThat(statistics.misses()).as("computed, not refused").isOne();
    assertThat(statistics.partialHits()).isZero();
  }

  /** Sixteen texts start at once: the last of forty is among them only if it has calm's turn. */
  @Test
  void answer_textThatAFloodHasQueued_hasItsTurnAmongTheOtherFlows() throws Exception {
    Asked first = ask(9, ExitRule.fullDepth());
    backend.arrived.acquireUninterruptibly(); // The worker is busy.
    for (int token = 10; token < 50; token++) {
      assertThat(ask(token, ExitRule.fullDepth(), Caller.NO_DEADLINE, "flood").outcome())
          .isEqualTo(new Outcome.Offered(Engine.Offer.ACCEPTED));
    }
    Asked calm = ask(49, ExitRule.fullDepth(), Caller.NO_DEADLINE, "calm");
    assertThat(calm.outcome()).isInstanceOf(Outcome.Joined.class);
    backend.gate.release(2 * CONFIG.layers());
    assertThat(first.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
    assertThat(calm.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
  }

  @Test
  void knows_onlyWhatAStoredTraceAnswers() throws Exception {
    backend.openGate();
    var _ = ask(7, EARLY).end().get(30, TimeUnit.SECONDS);
    assertThat(texts.knows(new TextKey(1, EncodedText.of(2, 7, 3)), EARLY)).isTrue();
    assertThat(texts.knows(new TextKey(1, EncodedText.of(2, 7, 3)), ExitRule.fullDepth()))
        .isFalse();
    assertThat(texts.knows(new TextKey(1, EncodedText.of(2, 8, 3)), EARLY)).isFalse();
  }

  @Test
  void answer_batchFails_nothingIsKeptAndTheNextOneRunsAnew() throws Exception {
    backend.openGate();
    backend.setFailing(true);
    assertThat(ask(7, ExitRule.fullDepth()).end()).failsWithin(Duration.ofSeconds(30));
    backend.setFailing(false);
    assertThat(texts.inFlight()).isZero();
    assertThat(ask(7, ExitRule.fullDepth()).end().get(30, TimeUnit.SECONDS).exit().depth())
        .isEqualTo(3);
  }
}
