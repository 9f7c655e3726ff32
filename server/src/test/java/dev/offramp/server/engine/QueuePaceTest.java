package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QueuePaceTest {
  private static final long STEP = Duration.ofMillis(100).toNanos();
  private static final double WORK = 1e9;

  private final QueuePace pace = new QueuePace(2);
  private long clock = 1;

  /** Ends, after each step, this share of what was predicted to take so long. */
  private void run(int steps, double share) {
    for (int i = 0; i < steps; i++) {
      clock += STEP;
      pace.ended(2 * share * STEP, clock);
    }
  }

  @Test
  void nanos_nothingSeen_isWhatIsPredictedOverWorkers() {
    assertThat(pace.nanos(WORK)).isEqualTo(WORK / 2);
  }

  @Test
  void nanos_textsWaitAllTheTime_isAsFastAsTheyEnd() {
    pace.waiting(true, clock);
    run(60, 0.25);
    assertThat(pace.nanos(WORK)).isCloseTo(2 * WORK, within(0.02 * WORK));
    run(60, 1.25);
    assertThat(pace.nanos(WORK)).isCloseTo(0.4 * WORK, within(0.02 * WORK));
  }

  @Test
  void nanos_nothingWaits_isNotSlowerForWorkersThatLackWork() {
    run(60, 0.1);
    assertThat(pace.nanos(WORK)).isEqualTo(WORK / 2);
    for (int i = 0; i < 100; i++) {
      pace.waiting(true, clock);
      run(2, 0.1); // Shorter than what shows a pace.
      pace.waiting(false, clock);
      clock += STEP;
    }
    assertThat(pace.nanos(WORK)).isEqualTo(WORK / 2);
  }

  @Test
  void nanos_slowQueueThatRanEmpty_isForgottenInSecondsHoweverOftenTextsWait() {
    pace.waiting(true, clock);
    run(60, 0.1);
    assertThat(pace.nanos(WORK)).isGreaterThan(4.5 * WORK);
    for (int i = 0; i < 1_000; i++) {
      clock += STEP / 5;
      pace.waiting(i % 2 == 1, clock);
    }
    assertThat(pace.nanos(WORK)).isCloseTo(WORK / 2, within(0.1 * WORK));
  }

  @Test
  void nanos_machineThatStoodStill_isBoundedAndLeavesAPace() {
    pace.waiting(true, clock);
    clock += Duration.ofHours(1).toNanos();
    pace.ended(1, clock);
    assertThat(pace.nanos(WORK)).isLessThan(WORK);
    run(60, 1);
    assertThat(pace.nanos(WORK)).isCloseTo(WORK / 2, within(0.01 * WORK));
  }
}
