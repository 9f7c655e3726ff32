package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DepthPolicyTest {

  private static final int FULL = 100;
  private static final long BOUND = 1_000;

  private static int choose(int[] tokens, long... since) {
    return DepthPolicy.choose(tokens, since, FULL, BOUND, false, 5_000);
  }

  @Test
  void choose_nothingWaits_isNone() {
    assertThat(choose(new int[] {0, 0, 0}, 0, 0, 0)).isEqualTo(DepthPolicy.NONE);
  }

  @Test
  void choose_nothingIsFull_finishesWhatIsDeepest() {
    assertThat(choose(new int[] {99, 5, 0, 1}, 4_500, 4_600, 5_000, 4_900)).isEqualTo(3);
  }

  @Test
  void choose_someAreFull_takesTheDeepestOfThose() {
    assertThat(choose(new int[] {500, 100, 99, 7}, 4_500, 4_600, 4_700, 4_800)).isEqualTo(1);
  }

  @Test
  void choose_nothingIsFullWhileNewTextsAreHeldBack_takesWhatIsNearestToFull() {
    int[] tokens = {0, 40, 70, 70, 1};
    var since = new long[] {4_900, 4_900, 4_900, 4_900, 4_900};
    assertThat(DepthPolicy.choose(tokens, since, FULL, BOUND, true, 5_000)).isEqualTo(3);
    tokens[1] = FULL;
    assertThat(DepthPolicy.choose(tokens, since, FULL, BOUND, true, 5_000)).isOne();
  }

  @Test
  void choose_aDepthIsOverdue_takesTheOneThatWaitedLongest() {
    assertThat(choose(new int[] {500, 3, 500, 2}, 4_000, 3_500, 4_900, 3_900)).isEqualTo(1);
    assertThat(choose(new int[] {500, 3, 0, 0}, 4_000, 4_000, 0, 0))
        .as("exactly at the bound is in time")
        .isZero();
  }

  /**
   * Texts come faster than they are served, and leave at random depths. However that goes, a depth
   * that has texts is served within the bound and one step for each other depth.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void choose_overloadForLong_noDepthWaitsBeyondTheBoundAndATurnOfEachOther(long seed) {
    var random = new Random(seed);
    int layers = 12;
    int step = 50; // What each step takes.
    var tokens = new int[layers];
    var since = new long[layers];
    tokens[0] = 1_000_000;
    long longest = 0;
    for (long now = 0, i = 0; i < 20_000; i++, now += step) {
      int depth = DepthPolicy.choose(tokens, since, FULL, BOUND, false, now);
      for (int d = 0; d < layers; d++) {
        longest = tokens[d] == 0 ? longest : Math.max(longest, now - since[d]);
      }
      int ran = Math.min(tokens[depth], 2 * FULL);
      tokens[depth] -= depth == 0 ? 0 : ran;
      since[depth] = now;
      int stay = random.nextInt(ran + 1);
      if (depth + 1 < layers && stay > 0) {
        if (tokens[depth + 1] == 0) {
          since[depth + 1] = now;
        }
        tokens[depth + 1] += stay;
      }
    }
    assertThat(longest).isLessThanOrEqualTo(BOUND + (long) layers * step);
  }

  @Test
  void full_dearFixedPart_isWhatTextsThatAreNotCutCanReach() {
    var cost = new LayerCost();
    for (int tokens : new int[] {10, 500, 10, 500}) {
      cost.note(tokens, 1_000_000 + tokens);
    }
    assertThat(DepthPolicy.full(cost, new BatchLimits(512, 64))).isEqualTo(384);
    assertThat(DepthPolicy.full(cost, new BatchLimits(1, 1))).isEqualTo(1);
  }
}
