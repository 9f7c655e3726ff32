package dev.offramp.server.engine;

import dev.offramp.model.exit.ExitRule;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * At which depth texts are expected to leave, by rule: what calibration measured, corrected by what
 * is seen. Rules that nobody announced share one expectation.
 *
 * <p>Threading: safe for all threads.
 */
final class ExpectedDepths {
  /** How much of an expectation one text changes. */
  private static final double RATE = 0.02;

  /** Under which those that nobody announced are counted together. */
  private static final Object OTHERS = new Object();

  private final Map<Object, Double> depths = new ConcurrentHashMap<>();
  private final int layers;

  ExpectedDepths(int layers) {
    this.layers = layers;
    depths.put(OTHERS, (double) layers);
  }

  /** Announces a rule, with the mean exit depth that calibration measured. */
  void announce(ExitRule rule, double depth) {
    depths.put(rule, Math.clamp(depth, 1, layers));
  }

  double of(ExitRule rule) {
    if (rule instanceof ExitRule.FullDepth) {
      return layers;
    }
    Double known = depths.get(rule);
    return known == null ? depths.getOrDefault(OTHERS, (double) layers) : known;
  }

  /** A text left by a rule. */
  void note(ExitRule rule, int depth) {
    if (rule instanceof ExitRule.FullDepth) {
      return;
    }
    Object key = depths.containsKey(rule) ? rule : OTHERS;
    depths.computeIfPresent(key, (_, known) -> known + RATE * (depth - known));
  }
}
