package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.model.artifact.KernelNames;

/**
 * Copies chosen rows together: the survivors of an exit.
 *
 * @param width H
 * @param lanes floats in a vector
 */
record Compact(int width, int lanes) implements Kernel {

  @Override
  public String name() {
    return KernelNames.COMPACT;
  }

  @Override
  public void write(PrimFunc function) {
    Expr tokens = function.integer("tokens");
    Buffer rows = function.rows("rows", DataType.INT32);
    Buffer x = function.rows("x", DataType.FLOAT32, width);
    Buffer out = function.rows("out", DataType.FLOAT32, width);
    Body body = function.body();
    Checks.count(body, "tokens", tokens, rows, out);
    body.loop(
        "token",
        tokens,
        (block, token) -> {
          Expr row = block.let("row", rows.at(token));
          Checks.index(block, "rows", row, x.shape().getFirst());
          block.loop(
              "h",
              width / lanes,
              (copy, vector) -> {
                Expr column = copy.let("column", vector.times(lanes));
                copy.store(out, x.vector(lanes, row, column), token, column);
              });
        });
  }
}
