package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.offramp.server.refusal.Refusal;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LongTextsTest {

  private static final int SIZE = Listener.MOST_MESSAGE_BYTES;
  private static final int ALL = LongTexts.MOST_BYTES / SIZE;

  private final AtomicLong clock = new AtomicLong();
  private final LongTexts texts = new LongTexts(2, clock::get);
  private final CountDownLatch gate = new CountDownLatch(1);

  @AfterEach
  void close() {
    gate.countDown();
    texts.close();
  }

  private void await() {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private @Nullable Refusal refusal(Object flow) {
    return catchThrowableOfType(Refusal.class, () -> texts.run(flow, SIZE, this::await));
  }

  /** How many calls of a connection are taken, until one is refused. */
  private int flood(Object flow) {
    int taken = 0;
    while (refusal(flow) == null) {
      taken++;
    }
    return taken;
  }

  @Test
  void run_connectionsFlood_eachTakesNoMoreThanItLeavesFree() {
    assertThat(flood("first")).isEqualTo(ALL / 2);
    assertThat(flood("second")).isEqualTo(ALL / 4);
    assertThat(refusal("first")).isNotNull();
    assertThatCode(() -> texts.run("quiet", SIZE, this::await)).doesNotThrowAnyException();
  }

  @Test
  void run_noRoom_saysWhenWhatWaitsWillHaveRun() {
    int taken = flood("flood");
    Refusal refusal = refusal("flood");
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.OVERLOADED);
    // At 250 ns a byte, by two threads.
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofNanos(taken * 125L * SIZE));
  }

  @Test
  void run_callsWereFasterThanSupposed_saysLess() throws InterruptedException {
    int calls = 100;
    var ended = new CountDownLatch(calls + 1);
    var alone = new LongTexts(1, clock::get);
    try {
      for (int i = 0; i < calls; i++) {
        alone.run(i, 1, ended::countDown); // In no time, by this clock.
      }
      alone.run("last", 1, ended::countDown); // The others have been measured before.
      ended.await();
      Refusal refusal = null;
      for (int taken = 0; refusal == null; taken++) {
        refusal = catchThrowableOfType(Refusal.class, () -> alone.run("flood", SIZE, this::await));
        assertThat(taken).isLessThan(ALL);
      }
      assertThat(refusal.retryAfter()).isEqualTo(ClassifyCall.LEAST_RETRY);
    } finally {
      gate.countDown();
      alone.close();
    }
  }

  @Test
  void run_roomWasGivenBack_isTaken() throws InterruptedException {
    var ended = new CountDownLatch(2 * ALL);
    for (int i = 0; i < 2 * ALL; i++) {
      var each = new CountDownLatch(1);
      while (true) {
        Refusal refusal =
            catchThrowableOfType(
                Refusal.class,
                () ->
                    texts.run(
                        "one",
                        SIZE,
                        () -> {
                          ended.countDown();
                          each.countDown();
                        }));
        if (refusal == null) {
          break;
        }
      }
      each.await();
    }
    ended.await();
  }

  @Test
  void run_closed_saysThatTheServerIsClosing() {
    texts.close();
    Refusal refusal = refusal("one");
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(Refusal.Reason.CLOSING);
  }
}
