package dev.offramp.server.experiment.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LooksTest {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

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
  void start_looksThatTakeLong_becomeRarer() {
    var clock = new AtomicLong();
    var takes = new AtomicLong();
    var due = new Due();
    try (var looks = new Looks(() -> clock.addAndGet(takes.get()), clock::get, due)) {
      looks.start(INTERVAL);
      due.pass();
      takes.set(Duration.ofMillis(500).toNanos());
      due.pass();
      takes.set(Duration.ofSeconds(2).toNanos());
      due.pass();
      takes.set(Duration.ofMinutes(1).toNanos());
      due.pass();
    }
    assertThat(due.delays)
        .containsExactly(
            INTERVAL, INTERVAL, INTERVAL, Duration.ofSeconds(38), Duration.ofMinutes(5));
  }

  @Test
  void close_nextLookIsFarAway_doesNotWaitForIt() {
    var looked = new AtomicInteger();
    var looks = new Looks("test", looked::incrementAndGet);
    looks.start(Duration.ofDays(1));
    looks.close();
    assertThat(looked).hasValue(0);
  }
}
