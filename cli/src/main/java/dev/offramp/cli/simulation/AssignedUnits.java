package dev.offramp.cli.simulation;

import dev.offramp.assignment.Assignment;
import dev.offramp.server.experiment.stats.SampleRatio;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Units assigned by the function that servers and clients use.
 *
 * @param units how many each arm got
 * @param ratio whether that is what it should
 */
public record AssignedUnits(List<Long> units, SampleRatio ratio) {
  private static final List<Double> WEIGHTS = List.of(0.5, 0.3, 0.2);
  private static final int IDS = 1 << 16;
  private static final int ROUND = 2_000_000;
  private static final int WARM_UP = 3;
  private static final int ROUNDS = 9;

  /** Copies the counts. */
  public AssignedUnits {
    units = List.copyOf(units);
  }

  /** Assigns so many units to three arms of different weights. */
  public static AssignedUnits of(int count, long seed) {
    var assignment = Assignment.of("srm-" + seed, WEIGHTS, 1);
    var units = new Long[] {0L, 0L, 0L};
    for (int i = 0; i < count; i++) {
      units[assignment.arm("user-" + i)]++;
    }
    List<Long> counts = Arrays.asList(units);
    return new AssignedUnits(counts, SampleRatio.of(counts, WEIGHTS));
  }

  /**
   * Assignments a second on one core, of ids of twelve characters: the median of some rounds after
   * some that are not counted.
   *
   * @param nanoTime the clock: the thread's processor time, so that other work does not count
   */
  public static double perSecond(LongSupplier nanoTime) {
    var assignment = Assignment.of("speed", WEIGHTS, 1);
    var ids = new String[IDS];
    Arrays.setAll(ids, i -> "user-%07d".formatted(i * 101));
    var rates = new double[ROUNDS];
    long arms = 0;
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      long start = nanoTime.getAsLong();
      for (int i = 0; i < ROUND; i++) {
        arms += assignment.arm(ids[i & (IDS - 1)]);
      }
      double seconds = (nanoTime.getAsLong() - start) / 1e9;
      if (round >= 0) {
        rates[round] = ROUND / seconds;
      }
    }
    if (arms < 0) {
      throw new IllegalStateException("arms: " + arms + " (expected: none below 0)");
    }
    Arrays.sort(rates);
    return rates[ROUNDS / 2];
  }
}
