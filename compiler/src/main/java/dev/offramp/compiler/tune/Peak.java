package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.PeakKernel;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tvm.ElementType;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmArray;
import dev.offramp.compiler.tvm.TvmFunction;

/**
 * What one core can do at most: a loop of the target's dot product on registers alone.
 *
 * <p>Threading: one thread. Ownership: lives in the scope it was made in.
 */
public final class Peak {
  private static final int STEPS = 1 << 17;

  private final ReferenceScope scope;
  private final TvmFunction function;
  private final TvmArray in;
  private final TvmArray out;
  private final double operations;

  private Peak(ReferenceScope scope, PeakKernel kernel) {
    this.scope = scope;
    this.function = kernel.compile(scope).function(scope, PeakKernel.NAME);
    this.in = TvmArray.zeros(scope, type(kernel.floats()), kernel.inputs(), kernel.lanes());
    this.out = TvmArray.zeros(scope, type(kernel.floatSums()), kernel.sums(), kernel.lanes());
    this.operations = (double) kernel.operations() * STEPS;
  }

  /** Compiles the loop for a target that this machine runs. */
  public static Peak of(ReferenceScope scope, CpuTarget target) {
    return new Peak(scope, PeakKernel.of(target));
  }

  private static ElementType type(boolean floats) {
    return floats ? ElementType.FLOAT32 : ElementType.INT32;
  }

  /** Runs the loop for about half a millisecond; the operations per nanosecond, GOP/s. */
  public double measure() {
    long start = System.nanoTime();
    function.call(scope, STEPS, in, out);
    return operations / (System.nanoTime() - start);
  }
}
