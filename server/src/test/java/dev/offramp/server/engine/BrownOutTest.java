package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BrownOutTest {

  private final AtomicLong clock = new AtomicLong();
  private final AtomicReference<Duration> wait = new AtomicReference<>(Duration.ZERO);
  private final BrownOut brownOut = new BrownOut(Duration.ofMillis(100), wait::get, clock::get);

  private int levelAfter(long millis, long waitMillis) {
    clock.addAndGet(Duration.ofMillis(millis).toNanos());
    wait.set(Duration.ofMillis(waitMillis));
    return brownOut.level();
  }

  @Test
  void level_waitStaysAboveTheSoftLimit_risesOneAtATimeAndNotWithoutEnd() {
    assertThat(levelAfter(200, 101)).isOne();
    assertThat(levelAfter(199, 500)).as("a level is given time to show what it does").isOne();
    assertThat(levelAfter(1, 500)).isEqualTo(2);
    for (int i = 0; i < 50; i++) {
      levelAfter(200, 500);
    }
    assertThat(brownOut.level()).isEqualTo(8);
  }

  @Test
  void level_waitBetweenHalfAndWholeLimit_stays() {
    levelAfter(200, 101);
    assertThat(levelAfter(60_000, 100)).isOne();
    assertThat(levelAfter(60_000, 51)).isOne();
  }

  @Test
  void level_loadFalls_comesBackByItself() {
    levelAfter(200, 101);
    levelAfter(200, 101);
    assertThat(levelAfter(999, 50)).isEqualTo(2);
    assertThat(levelAfter(1, 50)).isOne();
    assertThat(levelAfter(1_000, 0)).isZero();
    for (int i = 0; i < 8; i++) {
      levelAfter(200, 101);
    }
    assertThat(levelAfter(60_000, 0)).as("a pause counts as calm").isZero();
  }
}
