package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.PrimFunc;

/** A function of the kernel library, able to write itself. */
public sealed interface Kernel
    permits Embed,
        PlainProjection,
        Attention,
        AttentionOutput,
        FeedForwardUp,
        FeedForwardDown,
        ExitHead,
        Compact {

  /** The name under which the server finds it. */
  String name();

  /** Declares the parameters and writes the body. */
  void write(PrimFunc function);
}
