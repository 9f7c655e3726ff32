package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;

/**
 * LayerNorm of a row in place: {@code (x - mean) / sqrt(variance + epsilon) * gamma + beta}.
 *
 * <p>Three passes over a row that is in the first-level cache. The variance is that of the
 * differences from the mean, not of squares, which would cancel.
 *
 * @param width H
 * @param lanes floats in a vector
 * @param chains independent sums, so that one addition need not wait for the one before
 */
record LayerNorm(int width, float epsilon, int lanes, int chains) {

  static LayerNorm of(CpuTarget target, int width, double epsilon) {
    int lanes = DefaultSchedules.lanes(target, width);
    int chains = 4;
    while (width / lanes % chains != 0) {
      chains /= 2;
    }
    return new LayerNorm(width, (float) epsilon, lanes, chains);
  }

  void write(Body body, Buffer x, Expr row, Buffer gamma, Buffer beta) {
    Expr mean = body.let("mean", sum(body, (b, column) -> x.vector(lanes, row, column)));
    Expr means = body.let("means", mean.broadcast(lanes));
    Expr variance =
        sum(
            body,
            (b, column) -> {
              Expr difference = b.let("d", x.vector(lanes, row, column).minus(means));
              return difference.times(difference);
            });
    Expr one = body.tir().constant(1f);
    Expr deviation = variance.plus(body.tir().constant(epsilon)).squareRoot();
    Expr scales = body.let("scales", one.dividedBy(deviation).broadcast(lanes));
    body.loop(
        "h",
        width / lanes,
        (block, vector) -> {
          Expr column = block.let("column", vector.times(lanes));
          Expr normal = x.vector(lanes, row, column).minus(means).times(scales);
          Expr scaled = normal.multiplyAdd(gamma.vector(lanes, column), beta.vector(lanes, column));
          block.store(x, scaled, row, column);
        });
  }

  /** The mean over the row of what {@code term} makes of each vector. */
  private Expr sum(Body body, Term term) {
    DataType vectorType = DataType.FLOAT32.withLanes(lanes);
    Buffer sums = body.registers("sums", vectorType, chains);
    for (int chain = 0; chain < chains; chain++) {
      body.store(sums, body.tir().constant(0f, lanes), body.tir().constant(chain));
    }
    body.loop(
        "h",
        width / lanes / chains,
        (block, vectors) -> {
          for (int chain = 0; chain < chains; chain++) {
            Expr column = block.let("column", vectors.times(chains).plus(chain).times(lanes));
            Expr slot = block.tir().constant(chain);
            block.store(sums, sums.at(slot).plus(term.at(block, column)), slot);
          }
        });
    Expr total = sums.at(body.tir().constant(0));
    for (int chain = 1; chain < chains; chain++) {
      total = total.plus(sums.at(body.tir().constant(chain)));
    }
    Expr scale = body.tir().constant(1f / width);
    return body.let("average", VectorMath.sumOfLanes(body, total).times(scale));
  }

  @FunctionalInterface
  private interface Term {
    Expr at(Body body, Expr column);
  }
}
