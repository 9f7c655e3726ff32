package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How texts come to their ends. */
class EngineTest extends EngineFixture {

  @Test
  void offer_textLeavesEarly_isAnsweredWhileOthersGoOn() throws Exception {
    Sent occupying = occupy();
    // Energy at depth 1 with logits (1, 0) is 1 / (1 + e + 1), about 0.21.
    Sent early = send(new ExitRule.Threshold(ExitSignal.ENERGY, 0.3));
    Sent late = send(ExitRule.fullDepth());
    for (int layer = 0; layer < CONFIG.layers() + 1; layer++) {
      letOneLayerRun();
    }
    assertThat(occupying.end().get().exit().depth()).isEqualTo(CONFIG.layers());
    assertThat(early.end().get().exit()).isEqualTo(new Exit(1, Exit.Reason.RULE));
    backend.arrived.acquireUninterruptibly();
    assertThat(late.end()).isNotDone();
    backend.openGate();
    assertThat(late.end().get().exit()).isEqualTo(new Exit(3, Exit.Reason.LAST_EXIT));
    assertThat(backend.batches).hasValue(2);
    // Three layers alone, one for two texts, two for the one that stayed.
    assertThat(backend.textLayers).hasValue(3 + 2 + 2);
  }

  @Test
  void deadline_comesBetweenLayers_isAnsweredByTheDeepestExitAndMarked() throws Exception {
    Sent sent = occupyUntil(5_000);
    clock.set(4_000);
    letOneLayerRun(); // A layer takes 4,000 ns: another one would end after the deadline.
    Departure departure = sent.end().get(30, TimeUnit.SECONDS);
    assertThat(departure.exit()).isEqualTo(new Exit(1, Exit.Reason.DEADLINE));
    assertThat(departure.trace().depth()).isEqualTo(1);
    backend.openGate();
    engine.close();
    assertThat(backend.textLayers).hasValue(1);
  }

  private Sent occupyUntil(long deadlineNanos) {
    Sent sent = send(ExitRule.fullDepth(), deadlineNanos);
    backend.arrived.acquireUninterruptibly();
    backend.arrived.release();
    return sent;
  }

  @Test
  void join_textOnItsWay_runsOnceForBothAndEachLeavesByItsOwnRule() throws Exception {
    Sent sent = occupy();
    var early = new CompletableFuture<Departure>();
    var late = new CompletableFuture<Departure>();
    assertThat(join(sent, new ExitRule.Threshold(ExitSignal.ENERGY, 0.3), early)).isTrue();
    letOneLayerRun();
    assertThat(early.get(30, TimeUnit.SECONDS).exit()).isEqualTo(new Exit(1, Exit.Reason.RULE));
    backend.arrived.acquireUninterruptibly(); // The second layer waits.
    assertThat(join(sent, new ExitRule.Threshold(ExitSignal.ENERGY, 0.3), late)).isTrue();
    assertThat(late).isCompletedWithValueMatching(d -> d.exit().depth() == 1);
    backend.openGate();
    assertThat(sent.end().get().exit().depth()).isEqualTo(3);
    assertThat(backend.textLayers).hasValue(3);
  }

  /** Between a text's end and the arrival of its trace in a cache. */
  @Test
  void join_textThatHasEnded_isAnsweredByTheExitsItPassed() throws Exception {
    ExitRule early = new ExitRule.Threshold(ExitSignal.ENERGY, 0.3);
    backend.openGate();
    Sent sent = send(early);
    assertThat(sent.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(1);
    var late = new CompletableFuture<Departure>();
    assertThat(join(sent, early, late)).isTrue();
    assertThat(late).isCompletedWithValueMatching(d -> d.exit().depth() == 1);
    assertThat(join(sent, ExitRule.fullDepth(), new CompletableFuture<>())).isFalse();
  }

  private static boolean join(Sent sent, ExitRule rule, CompletableFuture<Departure> end) {
    Runnable told =
        sent.passage()
            .join(new Caller(rule, Caller.NO_DEADLINE, new FutureListener(end)), Priority.NORMAL);
    if (told == null) {
      return false;
    }
    told.run();
    return true;
  }

  @Test
  void join_moreThanMayWaitForOneText_areTurnedAway() {
    Sent sent = occupy();
    for (int i = 1; i < 1000; i++) {
      assertThat(join(sent, ExitRule.fullDepth(), new CompletableFuture<>())).isTrue();
    }
    assertThat(join(sent, ExitRule.fullDepth(), new CompletableFuture<>())).isFalse();
  }

  @Test
  void deadline_anotherTextOfTheBatchGoesOn_isAnsweredBeforeTheNextLayerRuns() throws Exception {
    occupy();
    Sent hurried = send(ExitRule.fullDepth(), 1_000);
    Sent patient = send(ExitRule.fullDepth());
    for (int layer = 0; layer < CONFIG.layers(); layer++) {
      letOneLayerRun(); // Of the first text.
    }
    letOneLayerRun(); // The first one of these two.
    clock.set(1_000);
    backend.arrived.acquireUninterruptibly(); // The second one waits, and is for one text.
    if (!hurried.end().isDone()) {
      backend.gate.release(); // The clock was set when the step had begun already.
      backend.arrived.acquireUninterruptibly();
    }
    assertThat(hurried.end().get(0, TimeUnit.SECONDS).exit().reason())
        .isEqualTo(Exit.Reason.DEADLINE);
    assertThat(patient.end()).isNotDone();
  }

  @Test
  void join_firstCallerGivesUp_goesOnForTheOther() throws Exception {
    Sent sent = occupy();
    sent.passage().abandon();
    var other = new CompletableFuture<Departure>();
    assertThat(join(sent, ExitRule.fullDepth(), other)).isTrue();
    backend.openGate();
    assertThat(other.get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
    assertThatThrownBy(sent.end()::get).isInstanceOf(CancellationException.class);
  }

  @Test
  void abandon_whileWaiting_neverRuns() {
    occupy();
    Sent sent = send(ExitRule.fullDepth());
    sent.passage().abandon();
    backend.openGate();
    assertThatThrownBy(sent.end()::get).isInstanceOf(CancellationException.class);
    engine.close();
    assertThat(backend.textLayers).hasValue(CONFIG.layers());
  }

  @Test
  void abandon_manyInTheQueue_holdUpNobodyWhoComesAfter() {
    lane.cost().note(3, 10_000);
    occupy();
    Sent first = send(ExitRule.fullDepth());
    Sent second = send(ExitRule.fullDepth());
    assertThat(send(ExitRule.fullDepth()).offer()).isEqualTo(Engine.Offer.FULL);
    first.passage().abandon();
    second.passage().abandon();
    clock.set(Duration.ofMillis(50).toNanos()); // As long as it takes until someone looks.
    letOneLayerRun();
    backend.arrived.acquireUninterruptibly(); // A step later.
    assertThat(first.end()).isCancelled();
    assertThat(second.end()).isCancelled();
    assertThat(send(ExitRule.fullDepth()).offer()).isEqualTo(Engine.Offer.ACCEPTED);
  }

  @Test
  void abandon_betweenLayers_runsNoFurtherLayer() {
    Sent sent = occupy();
    sent.passage().abandon();
    letOneLayerRun();
    assertThatThrownBy(sent.end()::get).isInstanceOf(CancellationException.class);
    backend.openGate();
    engine.close();
    assertThat(backend.textLayers).hasValue(1);
  }

  @Test
  void close_kernelDoesNotReturn_isLeftBehindWhenTheLimitIsOver() {
    Sent sent = occupy();
    assertThat(engine.close(Duration.ZERO)).isFalse();
    assertThat(sent.end()).isNotDone();
    backend.openGate();
    assertThat(engine.close(Duration.ofSeconds(30))).isTrue();
    assertThat(sent.end()).isCompleted();
  }

  @Test
  void deadline_passedWhileWaiting_neverRuns() {
    occupy();
    Sent sent = send(ExitRule.fullDepth(), 1_000);
    Sent inTime = send(ExitRule.fullDepth(), 100_000);
    clock.set(1_000);
    backend.openGate();
    assertThatThrownBy(sent.end()::get).isInstanceOf(CancellationException.class);
    assertThat(inTime.end()).succeedsWithin(Duration.ofSeconds(30));
  }

  @Test
  void layer_fails_failsItsBatchAndTheWorkerGoesOn() throws Exception {
    backend.setFailing(true);
    Sent sent = occupy();
    letOneLayerRun();
    assertThatThrownBy(sent.end()::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(BatchFailure.class)
        .hasRootCauseInstanceOf(KernelException.class);
    backend.setFailing(false);
    backend.openGate();
    assertThat(send(ExitRule.fullDepth()).end().get().exit().depth()).isEqualTo(3);
  }

  @Test
  void kernels_nativeMemoryIsShort_failsThoseTakenAndTheWorkerGoesOn() throws Exception {
    var other = new GatedBackend(CONFIG.classes());
    other.setWithoutMemory(true);
    Lane own = engine.open(CONFIG, other, freed::incrementAndGet);
    Sent sent = send(own, ExitRule.fullDepth(), Caller.NO_DEADLINE);
    assertThatThrownBy(() -> sent.end().get(30, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(OutOfMemoryError.class);
    other.setWithoutMemory(false);
    other.openGate();
    Sent again = send(own, ExitRule.fullDepth(), Caller.NO_DEADLINE);
    assertThat(again.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
    own.release();
  }

  @Test
  void clock_throwsDuringAStep_failsTheBatchAndTheWorkerGoesOn() throws Exception {
    Sent occupying = occupy();
    Sent waiting = send(ExitRule.fullDepth());
    tick = () -> throwOnce(true);
    backend.openGate();
    assertThatThrownBy(() -> occupying.end().get(30, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(StackOverflowError.class);
    assertThat(waiting.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
  }

  @Test
  void worker_threadDies_isReplacedAndTextsAreAnswered() throws Exception {
    Sent occupying = occupy();
    Sent waiting = send(ExitRule.fullDepth());
    tick = () -> throwOnce(false);
    backend.openGate();
    assertThat(occupying.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
    assertThat(waiting.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
    assertThat(broken.get(30, TimeUnit.SECONDS).join(Duration.ofSeconds(30))).isTrue();
  }

  private final CompletableFuture<Thread> broken = new CompletableFuture<>();

  /** The engine's clock, which breaks where a step is under way, or where none is. */
  private long throwOnce(boolean inStep) {
    boolean stepping =
        StackWalker.getInstance()
            .walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("step")));
    if (stepping == inStep && Thread.currentThread().getName().startsWith("offramp-worker-")) {
      tick = clock::get;
      broken.complete(Thread.currentThread());
      throw new StackOverflowError("on purpose");
    }
    return clock.get();
  }

  @Test
  void release_onFreeAndCloseThrow_freesTheRestAndTheWorkerGoesOn() throws Exception {
    var closed = new AtomicInteger();
    Backend broken =
        new Backend() {
          @Override
          public LayerKernels kernels(int maxTokens, int maxSequences) {
            return backend.kernels(maxTokens, maxSequences);
          }

          @Override
          public void close() {
            closed.incrementAndGet();
            throw new IllegalStateException("the backend is broken on purpose");
          }
        };
    Lane own =
        engine.open(
            CONFIG,
            broken,
            () -> {
              freed.incrementAndGet();
              throw new IllegalStateException("the model is broken on purpose");
            });
    Sent sent = send(own, ExitRule.fullDepth(), Caller.NO_DEADLINE);
    backend.arrived.acquireUninterruptibly();
    own.release(); // The worker's hold is the last one now.
    backend.openGate();
    assertThat(sent.end().get(30, TimeUnit.SECONDS).exit().depth()).isEqualTo(3);
    assertThat(send(ExitRule.fullDepth()).end().get(30, TimeUnit.SECONDS).exit().depth())
        .isEqualTo(3);
    assertThat(closed).hasValue(1);
    assertThat(freed).hasValue(1);
  }

  @Test
  void listener_throws_othersOfTheBatchAreAnswered() throws Exception {
    occupy();
    var passage =
        new Passage(
            EncodedText.of(2, 5, 3),
            ExitRule.fullDepth(),
            Caller.NO_DEADLINE,
            (DepartureListener)
                _ -> {
                  throw new IllegalStateException("the caller is broken on purpose");
                });
    assertThat(engine.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
    Sent other = send(ExitRule.fullDepth());
    backend.openGate();
    assertThat(other.end().get().exit().depth()).isEqualTo(3);
  }

  @Test
  void offer_textThatDoesNotFit_isRefused() {
    var end = new CompletableFuture<Departure>();
    var listener = new FutureListener(end);
    for (EncodedText text :
        new EncodedText[] {
          EncodedText.of(new int[CONFIG.maxPositions() + 1], new int[CONFIG.maxPositions() + 1]),
          EncodedText.of(CONFIG.vocabSize()),
          EncodedText.of(-1),
          EncodedText.of(new int[] {1}, new int[] {CONFIG.typeVocabSize()})
        }) {
      var passage = new Passage(text, ExitRule.fullDepth(), Caller.NO_DEADLINE, listener);
      assertThatThrownBy(() -> engine.offer(lane, passage))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected:");
    }
    assertThat(end).isNotDone();
  }

  @Test
  void release_whileTextsAreOnTheirWay_freesAfterTheLastAnswer() throws Exception {
    Lane own = engine.open(CONFIG, backend, freed::incrementAndGet);
    Sent sent = send(own, ExitRule.fullDepth(), Caller.NO_DEADLINE);
    backend.arrived.acquireUninterruptibly();
    own.release();
    assertThat(freed).hasValue(0);
    assertThat(backend.closed).hasValue(0);
    backend.openGate();
    assertThat(sent.end().get().exit().depth()).isEqualTo(3);
    engine.close();
    assertThat(freed).hasValue(1);
    assertThat(backend.closed).hasValue(2);
    assertThat(own.hold()).isFalse();
    assertThat(send(own, ExitRule.fullDepth(), Caller.NO_DEADLINE).offer())
        .isEqualTo(Engine.Offer.CLOSED);
    assertThatThrownBy(own::release).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void close_textsWaiting_answersThemFirst() throws Exception {
    occupy();
    Sent sent = send(ExitRule.fullDepth());
    var closing = Thread.ofPlatform().start(engine::close);
    backend.openGate();
    closing.join();
    assertThat(sent.end().get().exit().depth()).isEqualTo(3);
    assertThat(send(ExitRule.fullDepth()).offer()).isEqualTo(Engine.Offer.CLOSED);
  }
}
