package dev.offramp.trainer;

import java.util.random.RandomGenerator;

/**
 * Where training stands when an objective is asked for a loss.
 *
 * @param index steps done before this one, from 0
 * @param total steps in all
 * @param thresholds where signals lay during the previous epoch
 * @param random the step's own source of chance
 */
record Step(long index, long total, SignalRange thresholds, RandomGenerator random) {
  Step {
    if (index < 0 || index >= total) {
      throw new IllegalArgumentException(
          "index: %d (expected: 0 to %d)".formatted(index, total - 1));
    }
  }
}
