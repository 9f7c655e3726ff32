package dev.offramp.compiler.opencl;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.Tir;
import java.util.function.Function;

/**
 * LayerNorm of a row by a work group: {@code (x - mean) / sqrt(variance + epsilon) * gamma + beta}.
 *
 * <p>Each item holds its part of the row in registers; the variance is that of the differences from
 * the mean.
 *
 * @param width H, a multiple of 8
 */
record RowNorm(int width, float epsilon) {
  /** {@value} work items of a group. */
  static final int ITEMS = 64;

  private int vectors() {
    return width / Vectors.LANES;
  }

  /** Vectors of a row that an item holds. */
  private int parts() {
    return Math.ceilDiv(vectors(), ITEMS);
  }

  /**
   * Normalizes a row.
   *
   * @param value the row's vector at a column; an item stores only columns that it alone reads
   */
  void write(
      Body body,
      Expr item,
      Function<Expr, Expr> value,
      Buffer gamma,
      Buffer beta,
      Buffer out,
      Expr row) {
    Tir tir = body.tir();
    Buffer held = body.registers("held", Vectors.TYPE, parts());
    Buffer sums = body.shared("sums", DataType.FLOAT32, ITEMS);
    Buffer squares = body.shared("squares", DataType.FLOAT32, ITEMS);
    for (int part = 0; part < parts(); part++) {
      Expr loaded = value.apply(column(tir, item, part));
      body.store(held, loaded.times(mask(tir, item, part)), tir.constant(part));
    }
    Expr total = held.at(tir.constant(0));
    for (int part = 1; part < parts(); part++) {
      total = total.plus(held.at(tir.constant(part)));
    }
    Expr mean = body.let("mean", mean(body, item, total, sums).broadcast(Vectors.LANES));
    for (int part = 0; part < parts(); part++) {
      Expr difference = held.at(tir.constant(part)).minus(mean).times(mask(tir, item, part));
      body.store(held, difference, tir.constant(part));
    }
    Expr square = tir.constant(0f, Vectors.LANES);
    for (int part = 0; part < parts(); part++) {
      Expr difference = held.at(tir.constant(part));
      square = Vectors.multiplyAdd(tir, difference, difference, square);
    }
    Expr variance = mean(body, item, square, squares).plus(Vectors.constant(tir, epsilon, 1));
    Expr deviation = tir.external("sqrt", DataType.FLOAT32, variance);
    Expr scale = body.let("scale", tir.constant(1f).dividedBy(deviation)).broadcast(Vectors.LANES);
    for (int part = 0; part < parts(); part++) {
      Expr column = column(tir, item, part);
      Expr difference = held.at(tir.constant(part));
      body.when(
          inside(tir, item, part),
          store ->
              store.store(
                  out,
                  Vectors.multiplyAdd(
                      tir,
                      difference.times(scale),
                      gamma.vector(Vectors.LANES, column),
                      beta.vector(Vectors.LANES, column)),
                  row,
                  column));
    }
  }

  /** The mean over the row, the same for all items, always summed in the same order. */
  private Expr mean(Body body, Expr item, Expr part, Buffer shared) {
    Tir tir = body.tir();
    body.store(shared, Vectors.sum(tir, part), item);
    body.barrier();
    Expr sum = shared.vector(Vectors.LANES, tir.constant(0));
    for (int i = Vectors.LANES; i < ITEMS; i += Vectors.LANES) {
      sum = sum.plus(shared.vector(Vectors.LANES, tir.constant(i)));
    }
    return body.let("mean", Vectors.sum(tir, sum).times(Vectors.constant(tir, 1f / width, 1)));
  }

  private Expr inside(Tir tir, Expr item, int part) {
    return item.plus(part * ITEMS).lessThan(tir.constant(vectors()));
  }

  /** One, or zero beyond the row's end. */
  private Expr mask(Tir tir, Expr item, int part) {
    return Expr.select(inside(tir, item, part), tir.constant(1f), tir.constant(0f))
        .broadcast(Vectors.LANES);
  }

  private Expr column(Tir tir, Expr item, int part) {
    return item.plus(part * ITEMS).min(tir.constant(vectors() - 1)).times(Vectors.LANES);
  }
}
