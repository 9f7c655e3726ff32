package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.PrimFunc;

/**
 * A projection and nothing after it: queries, keys and values of all heads at once, or an ALBERT's
 * embeddings to the hidden size.
 *
 * @param name the kernel's
 */
record PlainProjection(String name, Projection projection) implements Kernel {

  @Override
  public void write(PrimFunc function) {
    var parameters = projection.declare(function);
    Buffer out = function.rows("out", DataType.FLOAT32, projection.outer());
    projection.checkRows(function.body(), parameters.tokens(), parameters.x(), out);
    projection.write(function.body(), parameters, null, null, null, out);
  }
}
