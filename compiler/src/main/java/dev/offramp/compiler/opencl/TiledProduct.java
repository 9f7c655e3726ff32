package dev.offramp.compiler.opencl;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.Tir;
import org.jspecify.annotations.Nullable;

/*
 * The matrix product on a device: out[T, N] = x[T, K] w[K, N].
 *
 * A work group of 16 x 16 makes a tile of 64 rows and 64 columns, a work item 4 x 4 of it. For each
 * slab of K the group carries 64 x 16 of x and 16 x 64 of the weights into local memory, one vector
 * load and store an item for each; then an item reads, for four steps of k, four vectors of x and
 * four of weights, for 64 multiply-adds.
 *
 *                            ws [slab][64]
 *                          item x: 4 columns
 *      xs [64][slab]       +---------------+
 *      item y: 4 rows      |  4 x float4   |   sums, in registers for all of K
 *                          +---------------+
 *
 * A row sums over k in ascending order, wherever it lies: its company cannot change it. Rows beyond
 * the last are the last again, and not stored. Weights are padded with columns of zeros.
 */

/**
 * A product of tiles in local memory.
 *
 * @param inner K, a multiple of 8
 * @param outer N, a multiple of 8
 * @param halves whether weights are words of two halves
 */
record TiledProduct(int inner, int outer, boolean halves) {
  /** {@value} columns and rows of a tile. */
  static final int TILE = 64;

  private static final int ITEMS = 16;
  private static final int OWN = TILE / ITEMS;

  /** What is done to a sum, bias included, before it is stored. */
  enum Finish {
    NONE,
    GELU
  }

  /** The type of a weight argument's elements. */
  DataType weightType() {
    return halves ? DataType.INT32 : DataType.FLOAT32;
  }

  /** The shape of a weight argument. */
  int[] weightShape() {
    return new int[] {Math.ceilDiv(outer, TILE), halves ? inner / 2 : inner, TILE};
  }

  private int slab() {
    return inner % 16 == 0 ? 16 : 8;
  }

  /** Floats that an item carries of each side for a slab. */
  private int carried() {
    return slab() * TILE / (ITEMS * ITEMS);
  }

  /** Writes the product as a launch of its own. */
  void write(
      Body body,
      Expr rows,
      Buffer x,
      Buffer weight,
      Buffer bias,
      @Nullable Buffer residual,
      Finish finish,
      Buffer out) {
    body.block(block -> {
      Tir tir = block.tir();
      Expr panel = block.bind("blockIdx.x", tir.constant(Math.ceilDiv(outer, TILE)));
      Expr tile = block.bind("blockIdx.y", rows.plus(TILE - 1).quotient(TILE));
      Expr itemX = block.bind("threadIdx.x", tir.constant(ITEMS));
      Expr itemY = block.bind("threadIdx.y", tir.constant(ITEMS));
      Buffer xs = block.shared("xs", DataType.FLOAT32, TILE, slab());
      Buffer ws = block.shared("ws", DataType.FLOAT32, slab(), TILE);
      Buffer sums = block.registers("sums", Vectors.TYPE, OWN);
      Buffer factors = block.registers("factors", DataType.FLOAT32, OWN * Vectors.LANES);
      for (int row = 0; row < OWN; row++) {
        block.store(sums, tir.constant(0f, Vectors.LANES), tir.constant(row));
      }
      block.loop(
          "slab",
          inner / slab(),
          (step, number) -> {
            carryRows(step, rows, tile, number, itemX, itemY, x, xs);
            carryWeights(step, panel, number, itemX, itemY, weight, ws);
            step.barrier();
            for (int k = 0; k < slab(); k += Vectors.LANES) {
              multiply(step, k, itemX, itemY, xs, ws, factors, sums);
            }
            step.barrier();
          });
      for (int row = 0; row < OWN; row++) {
        Expr column = panel.times(TILE).plus(itemX.times(OWN));
        Expr to = tile.times(TILE).plus(itemY.times(OWN)).plus(row);
        Expr sum = sums.at(tir.constant(row));
        block.when(
            to.lessThan(rows),
            inside ->
                inside.when(
                    column.lessThan(tir.constant(outer)),
                    store -> finish(store, sum, to, column, bias, residual, finish, out)));
      }
    });
  }

  private void carryRows(
      Body step, Expr rows, Expr tile, Expr slab, Expr itemX, Expr itemY, Buffer x, Buffer xs) {
    Tir tir = step.tir();
    int count = carried();
    int across = slab() / count;
    Expr row = itemY.times(ITEMS / across).plus(itemX.quotient(across));
    Expr column = itemX.remainder(across).times(count);
    Expr from = Vectors.clamp(tir, tile.times(TILE).plus(row), rows);
    Expr value = step.let("v", x.vector(count, from, slab.times(slab()).plus(column)));
    step.store(xs, value, row, column);
  }

  private void carryWeights(
      Body step, Expr panel, Expr slab, Expr itemX, Expr itemY, Buffer weight, Buffer ws) {
    int words = halves ? carried() / 2 : carried();
    int rows = TILE / words / ITEMS; // rows of items that carry one row of weights
    Expr row = itemY.quotient(rows);
    Expr column = itemY.remainder(rows).times(ITEMS).plus(itemX).times(words);
    if (halves) {
      Expr from = slab.times(slab() / 2).plus(row);
      Expr pair = step.let("w", weight.vector(words, panel, from, column));
      step.store(ws, Halves.low(step, pair), row.times(2), column);
      step.store(ws, Halves.high(step, pair), row.times(2).plus(1), column);
    } else {
      Expr from = slab.times(slab()).plus(row);
      Expr value = step.let("w", weight.vector(words, panel, from, column));
      step.store(ws, value, row, column);
    }
  }

  private static void multiply(
      Body step, int k, Expr itemX, Expr itemY, Buffer xs, Buffer ws, Buffer factors, Buffer sums) {
    Tir tir = step.tir();
    for (int row = 0; row < OWN; row++) {
      Expr value = xs.vector(Vectors.LANES, itemY.times(OWN).plus(row), tir.constant(k));
      step.store(factors, value, tir.constant(row * Vectors.LANES));
    }
    for (int i = 0; i < Vectors.LANES; i++) {
      Expr value = ws.vector(Vectors.LANES, tir.constant(k + i), itemX.times(OWN));
      Expr weight = step.let("w", value);
      for (int row = 0; row < OWN; row++) {
        Expr slot = tir.constant(row);
        Expr factor = factors.at(tir.constant(row * Vectors.LANES + i));
        Expr sum = Vectors.multiplyAdd(tir, factor.broadcast(Vectors.LANES), weight, sums.at(slot));
        step.store(sums, sum, slot);
      }
    }
  }

  private static void finish(
      Body body,
      Expr sum,
      Expr row,
      Expr column,
      Buffer bias,
      @Nullable Buffer residual,
      Finish finish,
      Buffer out) {
    Expr biased = body.let("y", sum.plus(bias.vector(Vectors.LANES, column)));
    Expr value =
        switch (finish) {
          case NONE -> biased;
          case GELU -> Vectors.gelu(body.tir(), biased);
        };
    Expr stored =
        residual == null ? value : value.plus(residual.vector(Vectors.LANES, row, column));
    body.store(out, stored, row, column);
  }
}
