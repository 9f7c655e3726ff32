package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/*
 * The matrix product, in which nearly all time is spent: out[T, N] = x[T, K] w[K, N].
 *
 * The register tile. A tile of `rows` x `vectors` accumulators stays in vector registers while k
 * runs. A step of k loads `vectors` vectors of weights and, for each row, broadcasts one element of
 * x from memory. With 8 rows and 3 vectors of 16 floats that is 24 multiply-adds for 11 loads: the
 * two multiply-add units are the limit, not the two load ports, and there are 24 independent chains
 * where hiding a latency of 4 cycles on two units takes 8. 24 accumulators, 3 weights and a
 * broadcast leave 4 of 32 registers free. For AVX2's 16 registers it is 6 rows and 2 vectors of 8.
 *
 *                    w panel, one k:   [ 16 | 16 | 16 ]         loaded once a step
 *      x, 8 rows                         |    |    |
 *        x[0,k] ------ broadcast ----->  +=   +=   +=           24 accumulators
 *        x[1,k] ---------------------->  +=   +=   +=
 *          ...
 *
 * Each row has its own accumulators and sums over k in ascending order: where a row lies in a tile,
 * and what the other rows are, cannot change its result by a bit. Tiles are always full, so there is
 * no remainder code with another order of operations; the batch is padded up to a multiple of
 * `rows` with rows nobody reads.
 *
 * The panel. Weights are packed so that the `columns` weights of a tile lie side by side for each k:
 * a panel [K][columns] is read front to back, which hardware prefetching does perfectly. The loop
 * over panels is outside the loop over tiles of rows: all rows pass by one panel while it stays in
 * the second-level cache (K = 768: 144 KiB), and the weights of a layer, which no cache but the last
 * level could hold, are read from memory once a batch.
 *
 *      for panel n of N / columns
 *        for block of K                   only where K is large, see below
 *          for tile t of rows
 *            for k in block: the step above
 *
 * Blocks of K. With K = 3072 a panel is 576 KiB and no longer stays in every second-level cache
 * together with the rows. So K is cut into blocks: the tiles of a panel are carried over from one
 * block to the next through `out`, which costs a load and a store of a tile for some hundred
 * steps. The cut is a property of the shape, not of the batch, so the order of summation stays
 * fixed.
 *
 * What was tried: tiles of 6 x 64, 12 x 32 and 8 x 48 (rows x columns) are within 2 % of each other
 * at 96 rows, all at the rate of the multiply-add units. 8 rows won because token counts are often
 * multiples of 8, and padding costs real work: at 32 rows it is 12 % faster than 6 or 12. Unrolling
 * k by 4 changes nothing.
 */

/** One register tile of a product: accumulators that a kernel starts, sums into and reads. */
final class Gemm {
  private final GemmSchedule schedule;
  private final DotProduct dot;
  private final Body body;
  private final Buffer accumulators;

  /** Declares the accumulators in {@code body}. */
  Gemm(Body body, GemmSchedule schedule, DotProduct dot) {
    this.schedule = schedule;
    this.dot = dot;
    this.body = body;
    this.accumulators =
        body.registers(
            "sum", dot.sum().withLanes(schedule.lanes()), schedule.rows() * schedule.vectors());
  }

  /** Stores a value into an accumulator from within a block. */
  void set(Body block, int row, int vector, Expr value) {
    block.store(accumulators, value, slot(row, vector));
  }

  /** An accumulator's value. */
  Expr get(int row, int vector) {
    return accumulators.at(slot(row, vector));
  }

  /**
   * Sums over {@code depth} words of K from {@code start} on.
   *
   * @param rows the row of x for each row of the tile
   * @param weight packed, {@code [panels][words of K][columns]}
   */
  void accumulate(Buffer x, IntFunction<Expr> rows, Buffer weight, Expr panel, Expr start) {
    List<Expr> rowNumbers = new ArrayList<>();
    for (int row = 0; row < schedule.rows(); row++) {
      rowNumbers.add(body.let("row", rows.apply(row)));
    }
    body.loop(
        "k",
        schedule.depth() / schedule.unroll(),
        (steps, index) -> {
          Expr first = steps.let("first", start.plus(index.times(schedule.unroll())));
          for (int copy = 0; copy < schedule.unroll(); copy++) {
            step(steps, x, rowNumbers, weight, panel, steps.let("at", first.plus(copy)));
          }
        });
  }

  private void step(Body step, Buffer x, List<Expr> rowNumbers, Buffer weight, Expr panel, Expr k) {
    List<Expr> weights = new ArrayList<>();
    for (int vector = 0; vector < schedule.vectors(); vector++) {
      Expr column = step.tir().constant(vector * schedule.lanes());
      weights.add(step.let("w", weight.vector(schedule.lanes(), panel, k, column)));
    }
    for (int row = 0; row < schedule.rows(); row++) {
      Expr factor = step.let("x", x.at(rowNumbers.get(row), k).broadcast(schedule.lanes()));
      for (int vector = 0; vector < schedule.vectors(); vector++) {
        set(step, row, vector, dot.add(step, get(row, vector), weights.get(vector), factor));
      }
    }
  }

  private Expr slot(int row, int vector) {
    return body.tir().constant(row * schedule.vectors() + vector);
  }
}
