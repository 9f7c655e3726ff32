package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;

/**
 * How a product {@code [rows, K] x [K, N]} is cut up: what the tuner chooses. Any schedule gives
 * the right result; they differ in time only.
 *
 * @param rows rows of a register tile
 * @param lanes 32-bit words in a vector; divides N
 * @param vectors vectors in one of a tile's rows; {@code vectors * lanes} divides N
 * @param depth words of K that are summed before a tile goes back to memory; divides the words of K
 * @param blockTiles tiles of rows that pass through all of the product before the next do; 0: all
 * @param order which loop is inside the other
 * @param unroll steps of K that are written out one after the other; divides {@code depth}
 */
public record GemmSchedule(
    int rows, int lanes, int vectors, int depth, int blockTiles, Order order, int unroll)
    implements Schedule {

  /** Which of the loops over tiles of rows and over panels of columns is inside the other. */
  public enum Order {
    /** A panel of weights stays near while rows stream by. */
    PANEL_OUTER,
    /** A tile of rows stays near while panels stream by. */
    TILE_OUTER
  }

  public GemmSchedule {
    if (rows < 1 || lanes < 1 || vectors < 1 || depth < 1 || blockTiles < 0 || unroll < 1) {
      throw new IllegalArgumentException(
          ("schedule: rows %d, lanes %d, vectors %d, depth %d, blockTiles %d, unroll %d"
                  + " (expected: blockTiles >= 0, all others >= 1)")
              .formatted(rows, lanes, vectors, depth, blockTiles, unroll));
    }
    if (depth % unroll != 0) {
      throw new IllegalArgumentException(
          "unroll: %d (expected: a divisor of depth %d)".formatted(unroll, depth));
    }
  }

  /** The same with another number of tiles in a block. */
  GemmSchedule inBlocksOf(int tiles) {
    return new GemmSchedule(rows, lanes, vectors, depth, tiles, order, unroll);
  }

  /** Columns of a tile, and of a panel of packed weights. */
  public int columns() {
    return lanes * vectors;
  }

  /** The words of K on a target: how many numbers a word holds is the precision's. */
  public static int words(int inner, CpuTarget target) {
    return inner / DotProduct.of(target).group();
  }

  /**
   * Checks that a product can be cut up in this way.
   *
   * @param words of K
   * @param outer N
   * @throws IllegalArgumentException naming what does not divide what
   */
  void requireFits(int words, int outer) {
    if (words % depth != 0 || outer % columns() != 0) {
      throw new IllegalArgumentException(
          "schedule: depth %d, columns %d (expected: divisors of %d words of K and of N = %d)"
              .formatted(depth, columns(), words, outer));
    }
  }
}
