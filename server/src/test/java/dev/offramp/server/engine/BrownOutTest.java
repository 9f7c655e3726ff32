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

  private int level() {
    return brownOut.level(4, Duration.ofSeconds(1));
  }

  private int levelAfter(long millis, long waitMillis) {
    clock.addAndGet(Duration.ofMillis(millis).toNanos());
    wait.set(Duration.ofMillis(waitMillis));
    return level();
  }

  @Test
  void level_waitStaysAboveTheSoftLimit_risesOneAtATimeAndNoFurtherThanAnyoneCanFollow() {
    assertThat(levelAfter(0, 101)).as("one look is no overload").isZero();
    assertThat(levelAfter(200, 101)).isOne();
    assertThat(levelAfter(199, 500)).as("a level is given time to show what it does").isOne();
    assertThat(levelAfter(1, 500)).isEqualTo(2);
    for (int i = 0; i < 50; i++) {
      levelAfter(200, 500);
    }
    assertThat(level()).isEqualTo(4);
  }

  @Test
  void level_waitBetweenHalfAndWholeLimit_staysAndCountsAsNoCalm() {
    rise(2);
    assertThat(levelAfter(60_000, 100)).isEqualTo(2);
    assertThat(levelAfter(60_000, 51)).isEqualTo(2);
    assertThat(levelAfter(1, 0)).as("calm has only begun").isEqualTo(2);
  }

  @Test
  void level_overloadForLongAndOneCalmLook_stays() {
    rise(4);
    levelAfter(60_000, 500);
    assertThat(levelAfter(1, 0)).isEqualTo(4);
    assertThat(levelAfter(1, 500)).isEqualTo(4);
    assertThat(levelAfter(399, 0)).as("calm begins anew").isEqualTo(4);
  }

  @Test
  void level_loadFalls_comesBackByItselfWithinTwoSeconds() {
    rise(4);
    levelAfter(1, 50);
    assertThat(levelAfter(399, 50)).isEqualTo(4);
    assertThat(levelAfter(1, 50)).isEqualTo(3);
    assertThat(levelAfter(800, 0)).isOne();
    assertThat(levelAfter(400, 0)).isZero();
  }

  @Test
  void level_oneWhoWouldNotWait_isNotMoved() {
    rise(4);
    assertThat(brownOut.level(4, Duration.ofMillis(49))).isZero();
    assertThat(brownOut.level(2, Duration.ofMillis(50))).isEqualTo(2);
  }

  private void rise(int to) {
    levelAfter(0, 101);
    for (int i = 0; i < to; i++) {
      levelAfter(200, 101);
    }
    assertThat(level()).isEqualTo(to);
  }
}
