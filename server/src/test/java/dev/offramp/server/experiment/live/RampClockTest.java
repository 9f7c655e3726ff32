package dev.offramp.server.experiment.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RampClockTest {

  private final AtomicLong nanos = new AtomicLong(-5);
  private final RampClock clock = new RampClock(nanos::get);

  private long minutes(String experiment, long version, long loggedMinutes) {
    return clock.dwelled(experiment, version, Duration.ofMinutes(loggedMinutes)).toMinutes();
  }

  private void pass(long minutes) {
    nanos.addAndGet(Duration.ofMinutes(minutes).toNanos());
  }

  @Test
  void dwelled_firstLook_isWhatTheLogSays() {
    assertThat(minutes("e", 3, 40)).as("as after a restart").isEqualTo(40);
    assertThat(minutes("f", 1, 7)).isEqualTo(7);
  }

  @Test
  void dwelled_databaseClockSet_growsWithTimeAlone() {
    assertThat(minutes("e", 3, 0)).isZero();
    pass(2);
    assertThat(minutes("e", 3, 600)).as("set forward").isEqualTo(2);
    pass(3);
    assertThat(minutes("e", 3, 0)).as("set back").isEqualTo(5);
  }

  @Test
  void dwelled_laterVersion_isWhatTheLogSaysButNoMoreThanHasPassed() {
    assertThat(minutes("e", 3, 10)).isEqualTo(10);
    pass(5);
    assertThat(minutes("e", 4, 12)).as("it rested for three minutes").isEqualTo(12);
    pass(1);
    assertThat(minutes("e", 5, 600)).as("set forward").isEqualTo(13);
    assertThat(minutes("e", 6, 0)).as("another coverage").isZero();
    assertThat(minutes("e", 5, 99)).as("a look that was overtaken").isEqualTo(99);
    assertThat(minutes("e", 6, 50)).isZero();
  }
}
