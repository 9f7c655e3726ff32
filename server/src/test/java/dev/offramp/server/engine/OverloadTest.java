package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * More texts than a worker can answer, in virtual time. Capacity is what the same texts reach when
 * they come as fast as full batches could answer them.
 */
class OverloadTest {
  private static final Duration NONE = Duration.ZERO;

  private static VirtualLoad.Result run(
      long seed, double meanDepth, double load, Duration deadline) {
    return new VirtualLoad(seed, meanDepth, load, deadline).run();
  }

  @ParameterizedTest
  @CsvSource({"1, 12, 1500", "2, 6, 1500", "3, 3, 1500", "4, 6, 500", "5, 3, 500"})
  void deadlines_twiceTheLoad_noAnswerIsLateAndAsManyAreInTimeAsAtCapacity(
      long seed, double meanDepth, long deadlineMillis) {
    var deadline = Duration.ofMillis(deadlineMillis);
    VirtualLoad.Result capacity = run(seed, meanDepth, 1, deadline);
    VirtualLoad.Result twice = run(seed, meanDepth, 2, deadline);
    assertThat(twice.late).isZero();
    assertThat(twice.byRule + twice.anytime + twice.refused + twice.expired)
        .isLessThanOrEqualTo(twice.offered);
    assertThat(twice.byRule + twice.anytime)
        .isGreaterThan((int) (0.95 * (capacity.byRule + capacity.anytime)));
    assertThat(twice.byRule)
        .as("those that went as far as their rule asks")
        .isGreaterThan((int) (0.95 * capacity.byRule));
  }

  @ParameterizedTest
  @CsvSource({"1, 12", "2, 6", "3, 3"})
  void noDeadlines_twiceTheLoad_throughputStaysAndWhatIsBegunIsBounded(
      long seed, double meanDepth) {
    VirtualLoad.Result capacity = run(seed, meanDepth, 1, NONE);
    VirtualLoad.Result twice = run(seed, meanDepth, 2, NONE);
    assertThat(twice.byRule).isGreaterThan((int) (0.95 * capacity.byRule));
    assertThat(twice.mostParked).isLessThanOrEqualTo((1024 + 512) / VirtualLoad.TOKENS);
    assertThat(twice.saves).as("saves of %s texts", twice.byRule).isLessThan(2 * twice.byRule);
    // A second in the queue, and what is begun: at most 1,536 tokens through 12 layers, in turns.
    assertThat(twice.longestNanos).isLessThan(Duration.ofMillis(2_500).toNanos());
  }

  /** A text is let in where it is predicted to wait for no more than a second. */
  @ParameterizedTest
  @CsvSource({"1, 12, 0", "2, 6, 0", "3, 12, 1", "4, 6, 1", "5, 3, 1", "6, 6, 3"})
  void workerThatIsHeldUp_thoseLetIn_waitAsLongAsOtherwise(
      long seed, double meanDepth, double away) {
    var load = new VirtualLoad(seed, meanDepth, 2 / (1 + away), NONE).withWorkerAway(away);
    VirtualLoad.Result result = load.run();
    double own = (1 + away) * 358; // A full batch through 12 layers.
    assertThat(result.quantileNanos(0.5) / 1e6).isLessThan(1_000 + own);
  }

  /** The bound of all waits between layers is 358 ms here: 512 tokens through 12 layers. */
  @ParameterizedTest
  @CsvSource({"1, 6", "2, 6", "3, 3", "4, 3", "5, 2"})
  void sentencesAtFullLoad_thoseThatGoDeep_areNotLeftBehindAtEachDepth(
      long seed, double meanDepth) {
    var load = new VirtualLoad(seed, meanDepth, 1, NONE).withInFlight(48).ofSentences();
    VirtualLoad.Result result = load.run();
    assertThat(result.longestNanos).isLessThan(Duration.ofMillis(1_100).toNanos());
    assertThat(result.quantileNanos(0.99)).isLessThan(Duration.ofMillis(900).toNanos());
  }

  @ParameterizedTest
  @CsvSource({"1, 12", "2, 6", "3, 3"})
  void noDeadlines_halfTheLoad_nobodyIsRefusedAndAlmostNothingIsParked(
      long seed, double meanDepth) {
    VirtualLoad.Result half = run(seed, meanDepth, 0.5, NONE);
    assertThat(half.refused).isZero();
    assertThat(half.byRule).isEqualTo(half.offered);
    assertThat(half.saves).isLessThan(half.byRule / 5);
  }
}
