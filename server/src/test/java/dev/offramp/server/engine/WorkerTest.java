package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two models that share a worker, one of them never without texts; a layer takes 100 ms. */
@Timeout(60)
class WorkerTest {
  private static final ModelConfig CONFIG = RandomModels.config(4, 8, 2, 16, 2);
  private static final Duration LAYER = Duration.ofMillis(100);
  private static final int BUSY_TEXTS = 100;

  private final AtomicLong clock = new AtomicLong();
  private final WorkQueue queue = new WorkQueue(1, Long.MAX_VALUE / 2, clock::get);
  private final Worker worker = new Worker(0, queue, clock::get, StepListener.none());
  private final Lane busy = lane();
  private final Lane quiet = lane();
  private final List<String> ended = new ArrayList<>();
  private final List<Long> deadlines = new ArrayList<>();
  private final List<Long> late = new ArrayList<>();
  private int anytime;

  private Lane lane() {
    var gated = new GatedBackend(CONFIG.classes());
    gated.openGate();
    var backend =
        new Backend() {
          @Override
          public LayerKernels kernels(int maxTokens, int maxSequences) {
            return new ForwardingKernels(gated.kernels(maxTokens, maxSequences)) {
              @Override
              public void layer(int depth) {
                clock.addAndGet(LAYER.toNanos());
                super.layer(depth);
              }
            };
          }

          @Override
          public boolean parks() {
            return true;
          }

          @Override
          public void close() {
            gated.close();
          }
        };
    // A text for each batch.
    return new Lane(CONFIG, backend, () -> {}, 1, new BatchLimits(16, 1));
  }

  @AfterEach
  void release() {
    busy.release();
    quiet.release();
    assertThat(busy.isFreed()).isTrue();
    assertThat(quiet.isFreed()).isTrue();
  }

  private void offer(Lane lane, Priority priority, String name, Runnable then) {
    DepartureListener listener =
        _ -> {
          ended.add(name);
          then.run();
        };
    offer(lane, new Caller(ExitRule.fullDepth(), Caller.NO_DEADLINE, listener), priority);
  }

  private void offer(Lane lane, Caller caller, Priority priority) {
    var passage = new Passage(EncodedText.of(2, 5, 3), caller, priority, this, null, null, false);
    lane.hold();
    passage.accepted(CONFIG.layers(), CONFIG.classes(), clock.get(), 1, lane.expectations());
    assertThat(queue.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
  }

  /** Keeps the busy model busy, and ends all once so many of its texts have ended. */
  private void keepBusy(int number, Runnable half) {
    if (number == BUSY_TEXTS / 2) {
      half.run();
    }
    if (number == BUSY_TEXTS) {
      queue.close();
      return;
    }
    offer(busy, Priority.NORMAL, "busy", () -> keepBusy(number + 1, half));
  }

  @Test
  void auditsOfAQuietModel_otherIsNeverWithoutTexts_endAllTheSame() throws InterruptedException {
    keepBusy(0, () -> {});
    offer(quiet, Priority.AUDIT, "audit", () -> {});
    worker.run();
    // A layer every 2 s, of which there are four; a text of the busy model takes 0.4 s.
    assertThat(ended.indexOf("audit")).isBetween(15, 22);
    assertThat(ended).hasSize(BUSY_TEXTS + 1);
  }

  /** A layer of the other's is 100 ms too, and they take turns. */
  @Test
  void textWithDeadline_otherModelsTurnIsTooLong_isAnsweredInTimeByTheExitItHas()
      throws InterruptedException {
    keepBusy(0, () -> {});
    offer(quiet, Priority.NORMAL, "quiet", () -> {}); // Shows what layers cost.
    long deadline = Duration.ofSeconds(2).toNanos();
    for (long millis = 0; millis < 1_000; millis += 50) {
      deadlines.add(deadline + Duration.ofMillis(millis).toNanos());
    }
    deadlines.forEach(this::offerUntil);
    worker.run();
    assertThat(late).isEmpty();
    assertThat(anytime).as("answered by an exit before the last").isNotZero();
  }

  private void offerUntil(long deadlineNanos) {
    DepartureListener listener =
        new DepartureListener() {
          @Override
          public void onDeparture(Departure departure) {
            if (clock.get() > deadlineNanos) {
              late.add(clock.get() - deadlineNanos);
            }
            anytime += departure.exit().reason() == Exit.Reason.DEADLINE ? 1 : 0;
          }

          @Override
          public void onExpired() {}
        };
    var caller = new Caller(ExitRule.fullDepth(), deadlineNanos, listener);
    offer(quiet, caller, Priority.NORMAL);
  }

  @Test
  void textsOfAQuietModel_afterItsAuditsHaveWaited_takeTurnsWithThoseOfTheOther()
      throws InterruptedException {
    keepBusy(
        0,
        () -> {
          for (int i = 0; i < 10; i++) {
            offer(quiet, Priority.NORMAL, "quiet", () -> {});
          }
        });
    offer(quiet, Priority.AUDIT, "audit", () -> {});
    worker.run();
    int first = ended.indexOf("quiet");
    int last = ended.lastIndexOf("quiet");
    assertThat(ended.subList(first, last)).filteredOn("busy"::equals).hasSizeBetween(8, 10);
  }
}
