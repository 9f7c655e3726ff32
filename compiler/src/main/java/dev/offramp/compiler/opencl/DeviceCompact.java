package dev.offramp.compiler.opencl;

import dev.offramp.compiler.kernel.Checks;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.model.artifact.KernelNames;

/**
 * Copies chosen rows together: the survivors of an exit. A work group a row.
 *
 * @param width H
 */
record DeviceCompact(int width) implements DeviceKernel {
  private static final int ITEMS = 64;

  @Override
  public String name() {
    return KernelNames.COMPACT;
  }

  @Override
  public void write(PrimFunc function) {
    Expr tokens = function.integer("tokens");
    Buffer rows = function.slice("rows", DataType.INT32);
    Buffer x = function.rows("x", DataType.FLOAT32, width);
    Buffer out = function.rows("out", DataType.FLOAT32, width);
    Body body = function.body();
    Tir tir = body.tir();
    Checks.count(body, "tokens", tokens, rows, out);
    Expr token = body.bind("blockIdx.x", tokens);
    Expr item = body.bind("threadIdx.x", tir.constant(ITEMS));
    Expr row = body.let("row", Vectors.clamp(tir, rows.at(token), x.shape().getFirst()));
    int vectors = width / Vectors.LANES;
    for (int first = 0; first < vectors; first += ITEMS) {
      Expr vector = item.plus(first);
      Expr column = vector.times(Vectors.LANES);
      body.when(
          vector.lessThan(tir.constant(vectors)),
          copy -> copy.store(out, x.vector(Vectors.LANES, row, column), token, column));
    }
  }
}
