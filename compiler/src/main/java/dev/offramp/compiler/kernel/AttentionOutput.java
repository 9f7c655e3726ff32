package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.model.artifact.KernelNames;

/** The attention's output projection from H to H, residual and LayerNorm. */
record AttentionOutput(ResidualProjection projection) implements Kernel {

  @Override
  public String name() {
    return KernelNames.ATTENTION_OUTPUT;
  }

  @Override
  public void write(PrimFunc function) {
    projection.write(function);
  }
}
