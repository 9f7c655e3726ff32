package dev.offramp.compiler.kernel;

import dev.offramp.compiler.kernel.GemmSchedule.Order;
import dev.offramp.compiler.target.CpuTarget;

/** Schedules that are good on every CPU of a kind; the tuner looks for better ones. */
final class DefaultSchedules {
  /** Dimensions must be multiples of this. */
  static final int DIVISOR = 8;

  /** Bytes of a panel of weights that stay in the second-level cache while rows stream by. */
  private static final int PANEL_BYTES = 200 << 10;

  /** Bytes of converted rows that stay there too. */
  private static final int WORDS_BYTES = 400 << 10;

  private static final int MOST_ROWS = 256;

  /** Rows of x that pass by all panels together: what they become is still near for LayerNorm. */
  private static final int FLOAT_ROWS = 128;

  private DefaultSchedules() {}

  /** For a product {@code [T, inner] x [inner, outer]}. */
  static GemmSchedule gemm(CpuTarget target, int inner, int outer) {
    DotProduct dot = DotProduct.of(target);
    int lanes = lanes(target, outer);
    boolean many = target.level().vectorRegisters() >= 32;
    int rows = many ? 8 : 6;
    int vectors = many ? 3 : 2;
    while (outer % (vectors * lanes) != 0) {
      vectors--;
    }
    int words = inner / dot.group();
    // A sum of bytes never leaves its register: there is no place for it in out.
    int depth =
        dot.sum().equals(dot.word()) || dot == DotProduct.BF16
            ? depth(words, PANEL_BYTES / (4 * vectors * lanes))
            : words;
    int block =
        dot == DotProduct.FLOAT32
            ? FLOAT_ROWS / rows
            : Math.clamp(WORDS_BYTES / (4 * words) / rows, 1, MOST_ROWS / rows);
    return new GemmSchedule(rows, lanes, vectors, depth, block, Order.PANEL_OUTER, 1);
  }

  /** For heads of that width. */
  static AttentionSchedule attention(CpuTarget target, int size) {
    int lanes = lanes(target, size);
    boolean many = target.level().vectorRegisters() >= 32;
    return new AttentionSchedule(lanes, 8, many ? 2 : 1, many && size % (2 * lanes) == 0 ? 2 : 1);
  }

  /** The widest vector of the target whose lanes divide a dimension. */
  static int lanes(CpuTarget target, int dimension) {
    int lanes = target.level().vectorLanes();
    while (lanes > 1 && dimension % lanes != 0) {
      lanes /= 2;
    }
    if (dimension % Math.min(DIVISOR, target.level().vectorLanes()) != 0) {
      throw new IllegalArgumentException(
          "dimension: %d (expected: a multiple of %d)".formatted(dimension, DIVISOR));
    }
    return lanes;
  }

  /** The greatest divisor of K's words within a limit, or all of them if it would be tiny. */
  private static int depth(int words, int limit) {
    for (int parts = Math.ceilDiv(words, limit); parts <= words / 128; parts++) {
      if (words % parts == 0) {
        return words / parts;
      }
    }
    return words;
  }
}
