package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.model.artifact.KernelNames;

/** Queries, keys and values of all heads as one projection from H to 3H. */
record QkvProjection(Projection projection) implements Kernel {

  @Override
  public String name() {
    return KernelNames.QKV;
  }

  @Override
  public void write(PrimFunc function) {
    var parameters = projection.declare(function);
    Buffer out = function.rows("out", DataType.FLOAT32, projection.outer());
    projection.checkRows(function.body(), parameters.tokens(), parameters.x(), out);
    projection.write(function.body(), parameters, null, null, null, out);
  }
}
