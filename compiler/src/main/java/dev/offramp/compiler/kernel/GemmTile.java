package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.checkpoint.Tensor;

/**
 * How a product {@code [rows, K] x [K, N]} is cut into register tiles.
 *
 * @param rows rows of a tile
 * @param lanes floats in one of its vectors
 * @param vectors vectors in one of its rows
 * @param depth the part of K that is summed before a tile goes back to memory; divides K
 */
public record GemmTile(int rows, int lanes, int vectors, int depth) {
  /** Dimensions must be multiples of this, the lanes of the narrowest vector in use. */
  public static final int DIVISOR = 8;

  /** K up to which a panel of weights stays in the second-level cache while rows stream by. */
  private static final int UNBLOCKED_DEPTH = 1024;

  public GemmTile {
    if (rows < 1 || lanes < 1 || vectors < 1 || depth < 1) {
      throw new IllegalArgumentException(
          "tile: %d rows, %d lanes, %d vectors, depth %d (expected: all >= 1)"
              .formatted(rows, lanes, vectors, depth));
    }
  }

  /** The default tile for a product of that K and N. */
  public static GemmTile of(CpuTarget target, int inner, int outer) {
    int lanes = lanes(target, outer);
    int vectors = target.tileVectors();
    while (outer % (vectors * lanes) != 0) {
      vectors--;
    }
    return new GemmTile(target.rowTile(), lanes, vectors, depth(inner));
  }

  /** The widest vector of the target whose lanes divide a dimension. */
  static int lanes(CpuTarget target, int dimension) {
    int lanes = target.vectorLanes();
    while (lanes > DIVISOR && dimension % lanes != 0) {
      lanes /= 2;
    }
    if (dimension % lanes != 0) {
      throw new IllegalArgumentException(
          "dimension: %d (expected: a multiple of %d)".formatted(dimension, DIVISOR));
    }
    return lanes;
  }

  private static int depth(int inner) {
    for (int blocks = Math.ceilDiv(inner, UNBLOCKED_DEPTH); blocks <= inner / 256; blocks++) {
      if (inner % blocks == 0) {
        return inner / blocks;
      }
    }
    return inner;
  }

  /** Columns of a tile. */
  public int columns() {
    return lanes * vectors;
  }

  /**
   * Lays a weight {@code [N, K]} out as the kernels read it: {@code [N / columns][K][columns]}, the
   * columns of a tile side by side for each k.
   */
  public Tensor pack(Tensor weight) {
    int outer = weight.shape().get(0);
    int inner = weight.shape().get(1);
    int columns = columns();
    var packed = new float[weight.values().length];
    for (int n = 0; n < outer; n++) {
      int panel = n / columns * columns * inner + n % columns;
      for (int k = 0; k < inner; k++) {
        packed[panel + k * columns] = weight.values()[n * inner + k];
      }
    }
    return Tensor.of(packed, outer / columns, inner, columns);
  }
}
