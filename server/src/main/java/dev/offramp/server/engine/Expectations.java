package dev.offramp.server.engine;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is expected of the texts of one model: at which depth they leave, by rule, as calibration
 * measured it and corrected by what is seen, and how long they take to get there, as it is seen.
 * Rules that nobody announced share one depth.
 *
 * <p>Threading: safe for all threads.
 */
final class Expectations {
  /** How much of an expectation one text changes. */
  private static final double RATE = 0.02;

  /** Under which those that nobody announced are counted together. */
  private static final Object OTHERS = new Object();

  private final Map<Object, Double> depths = new ConcurrentHashMap<>();
  private final PassageTimes times = new PassageTimes();
  private final int layers;

  Expectations(int layers) {
    this.layers = layers;
    depths.put(OTHERS, (double) layers);
  }

  /** Announces a rule, with the mean exit depth that calibration measured. */
  void announce(ExitRule rule, double depth) {
    depths.put(rule, Math.clamp(depth, 1, layers));
  }

  /** The depth at which texts of a rule leave on average. */
  double depth(ExitRule rule) {
    if (rule instanceof ExitRule.FullDepth) {
      return layers;
    }
    Double known = depths.get(rule);
    return known == null ? depths.getOrDefault(OTHERS, (double) layers) : known;
  }

  /** How long texts take to get there. */
  PassageTimes times() {
    return times;
  }

  /**
   * A text that began at a depth left, so long after its start. One that left by its rule counts as
   * having gone as far as was expected: that others go farther is then in what its time deviates.
   */
  void note(ExitRule rule, Exit exit, int from, long nanos) {
    boolean byRule = exit.reason() != Exit.Reason.DEADLINE;
    times.note(Math.max(1, (byRule ? depth(rule) : exit.depth()) - from), nanos);
    if (byRule) {
      note(rule, exit.depth());
    }
  }

  private void note(ExitRule rule, int depth) {
    if (rule instanceof ExitRule.FullDepth) {
      return;
    }
    Object key = depths.containsKey(rule) ? rule : OTHERS;
    depths.computeIfPresent(key, (_, known) -> known + RATE * (depth - known));
  }
}
