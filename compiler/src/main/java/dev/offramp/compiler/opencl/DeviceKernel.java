package dev.offramp.compiler.opencl;

import dev.offramp.compiler.tir.PrimFunc;

/** A function of the kernel library whose loops run on the device, able to write itself. */
sealed interface DeviceKernel
    permits DeviceEmbed,
        DeviceProjection,
        DeviceAttention,
        DeviceResidualProjection,
        DeviceExitHead,
        DeviceCompact {

  /** The name under which the server finds it. */
  String name();

  /** Declares the parameters and writes the body. */
  void write(PrimFunc function);
}
