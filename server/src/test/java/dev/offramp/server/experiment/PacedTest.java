package dev.offramp.server.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.offramp.server.experiment.Paced.Progress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PacedTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration PLENTY = Duration.ofMinutes(1);

  /** Runs nothing by itself, and says what is due when. */
  private static final class Due extends ScheduledThreadPoolExecutor {
    final List<Duration> delays = new ArrayList<>();
    private Runnable next = () -> {};

    Due() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
      delays.add(Duration.ofNanos(unit.toNanos(delay)));
      next = command;
      return super.schedule(new FutureTask<>(() -> {}, null), 1, TimeUnit.DAYS);
    }

    void pass() {
      next.run();
    }
  }

  @Test
  void start_whatTakesLong_becomesRarer() {
    var clock = new AtomicLong();
    var takes = new AtomicLong();
    var due = new Due();
    var paced =
        new Paced(
            "test",
            () -> clock.addAndGet(takes.get()) >= 0,
            20,
            Duration.ofMinutes(5),
            clock::get,
            () -> 0,
            due);
    paced.start(Duration.ofSeconds(1), INTERVAL);
    due.pass();
    takes.set(Duration.ofMillis(500).toNanos());
    due.pass();
    takes.set(Duration.ofSeconds(2).toNanos());
    due.pass();
    takes.set(Duration.ofMinutes(1).toNanos());
    due.pass();
    assertThat(paced.stop(PLENTY)).isTrue();
    assertThat(due.delays)
        .containsExactly(
            Duration.ofSeconds(1),
            INTERVAL,
            INTERVAL,
            Duration.ofSeconds(38),
            Duration.ofMinutes(5));
  }

  @Test
  void progress_workThatFailsOrThrows_isCountedAndWhatSucceedsBeginsTheAgeAnew() {
    var clock = new AtomicLong(-5);
    var results = new ArrayDeque<BooleanSupplier>();
    var due = new Due();
    var paced =
        new Paced(
            "test",
            () -> results.remove().getAsBoolean(),
            20,
            Duration.ZERO,
            () -> 0,
            clock::get,
            due);
    paced.start(Duration.ofSeconds(1), INTERVAL);
    assertThat(paced.progress()).isEqualTo(new Progress("test", 0, Duration.ZERO));
    clock.addAndGet(Duration.ofSeconds(3).toNanos());
    assertThat(paced.progress())
        .as("none has been yet")
        .isEqualTo(new Progress("test", 0, Duration.ofSeconds(2)));
    results.add(() -> true);
    due.pass();
    assertThat(paced.progress()).isEqualTo(new Progress("test", 0, Duration.ZERO));
    clock.addAndGet(Duration.ofSeconds(4).toNanos());
    results.add(() -> false);
    due.pass();
    results.add(() -> {
      throw new AssertionError("thrown by a test");
    });
    due.pass();
    assertThat(paced.progress()).isEqualTo(new Progress("test", 2, Duration.ofSeconds(4)));
    results.add(() -> true);
    due.pass();
    assertThat(paced.progress()).isEqualTo(new Progress("test", 2, Duration.ZERO));
    assertThat(paced.stop(PLENTY)).isTrue();
  }

  @Test
  void byCpu_whoWaits_keepsTheInterval() {
    var works = new CountDownLatch(15);
    // Waits for 50 ms each time: by the clock, its pauses would be 50 s each, longer than the
    // limit.
    var paced =
        Paced.byCpu(
            "test",
            () -> {
              works.countDown();
              LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
              return true;
            },
            1_000,
            Duration.ofMinutes(1));
    paced.start(Duration.ZERO, Duration.ofMillis(1));
    assertThatCode(works::await).doesNotThrowAnyException();
    assertThat(paced.stop(PLENTY)).isTrue();
  }

  @Test
  void start_workThatThrows_isDoneAgain() throws InterruptedException {
    var works = new CountDownLatch(3);
    var paced =
        Paced.byClock(
            "test",
            () -> {
              works.countDown();
              throw new AssertionError("thrown by a test");
            },
            1,
            Duration.ofMinutes(5));
    paced.start(Duration.ZERO, Duration.ofMillis(1));
    works.await();
    assertThat(paced.stop(PLENTY)).isTrue();
  }

  private static Paced keptBy(CountDownLatch begun, CountDownLatch goOn, AtomicInteger done) {
    var paced =
        Paced.byClock(
            "test",
            () -> {
              begun.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return done.incrementAndGet() > 0;
            },
            20,
            Duration.ofMinutes(5));
    paced.start(Duration.ZERO, Duration.ofDays(1));
    return paced;
  }

  @Test
  void stop_whatIsUnderWay_isWaitedForWithinTheLimit() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    Paced paced = keptBy(begun, goOn, new AtomicInteger());
    begun.await();
    assertThat(paced.stop(Duration.ofMillis(1))).isFalse();
    goOn.countDown();
    assertThat(paced.stop(PLENTY)).isTrue();
  }

  @Test
  void finish_whatIsUnderWayDoesNotEnd_isLeftBehind_andNothingBeginsAfterIt()
      throws InterruptedException {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var done = new AtomicInteger();
    Paced paced = keptBy(begun, goOn, done);
    begun.await();
    assertThat(paced.finish(Duration.ofMillis(1))).isFalse();
    goOn.countDown();
    assertThat(paced.stop(PLENTY)).isTrue();
    assertThat(done).hasValue(1);
  }

  @Test
  void finish_nextIsFarAway_doesItOnceMore() {
    var done = new AtomicInteger();
    var paced = Paced.byClock("test", () -> done.incrementAndGet() > 0, 20, Duration.ofMinutes(5));
    paced.start(Duration.ofDays(1), Duration.ofDays(1));
    assertThat(paced.finish(PLENTY)).isTrue();
    assertThat(done).hasValue(1);
  }

  @Test
  void stop_nextIsFarAway_doesNotWaitForIt() {
    var done = new AtomicInteger();
    var paced = Paced.byClock("test", () -> done.incrementAndGet() > 0, 20, Duration.ofMinutes(5));
    paced.start(Duration.ofDays(1), Duration.ofDays(1));
    assertThat(paced.stop(PLENTY)).isTrue();
    assertThat(done).hasValue(0);
  }
}
