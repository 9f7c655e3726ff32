package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.model.artifact.KernelNames;

/** The narrowing half of the feed-forward layer: from I to H, residual and LayerNorm. */
record FeedForwardDown(ResidualProjection projection) implements Kernel {

  @Override
  public String name() {
    return KernelNames.FFN_DOWN;
  }

  @Override
  public void write(PrimFunc function) {
    projection.write(function);
  }
}
