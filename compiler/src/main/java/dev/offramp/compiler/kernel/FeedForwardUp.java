package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.model.artifact.KernelNames;

/** The widening half of the feed-forward layer: projection from H to I and GELU. */
record FeedForwardUp(Projection projection) implements Kernel {

  @Override
  public String name() {
    return KernelNames.FFN_UP;
  }

  @Override
  public void write(PrimFunc function) {
    var parameters = projection.declare(function);
    Buffer out = function.rows("out", DataType.FLOAT32, projection.outer());
    projection.checkRows(function.body(), parameters.tokens(), parameters.x(), out);
    projection.write(function.body(), parameters, null, VectorMath::gelu, null, out);
  }
}
