package dev.offramp.compiler.kernel;

/**
 * How attention is cut up.
 *
 * @param lanes floats in a vector; divides the width of a head
 * @param queries queries of a tile
 * @param keyVectors vectors of keys whose scores are summed at a time
 * @param valueVectors vectors of values that are summed at a time; {@code valueVectors * lanes}
 *     divides the width of a head
 */
public record AttentionSchedule(int lanes, int queries, int keyVectors, int valueVectors)
    implements Schedule {
  public AttentionSchedule {
    if (lanes < 1 || queries < 1 || keyVectors < 1 || valueVectors < 1) {
      throw new IllegalArgumentException(
          "schedule: lanes %d, queries %d, keyVectors %d, valueVectors %d (expected: all >= 1)"
              .formatted(lanes, queries, keyVectors, valueVectors));
    }
  }
}
