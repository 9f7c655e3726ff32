package dev.offramp.compiler.target;

import dev.offramp.model.artifact.Precision;
import java.util.List;

/**
 * Any device with an OpenCL driver: the kernels are source, which the driver compiles where they
 * are loaded. The host's part is for any x86-64.
 */
public record OpenClTarget(Precision precision) implements Target {
  /** {@value}, as users name it. */
  public static final String NAME = "opencl";

  /** LLVM's triple of the host. */
  public static final String TRIPLE = "x86_64-unknown-linux-gnu";

  /** LLVM's name of the host's CPU. */
  public static final String CPU = "x86-64";

  /** What weights can be stored in. */
  public static final List<Precision> PRECISIONS = List.of(Precision.FLOAT32, Precision.FLOAT16);

  /** Refuses what devices do not multiply. */
  public OpenClTarget {
    if (!PRECISIONS.contains(precision)) {
      throw new IllegalArgumentException(
          "precision: %s for target %s (expected: one of %s)"
              .formatted(precision, NAME, PRECISIONS.stream().map(Precision::id).toList()));
    }
  }

  @Override
  public String id() {
    return NAME + "-" + precision.id();
  }

  /** The device in TVM's notation. */
  public String toTvm() {
    return "opencl";
  }

  /** The host in TVM's notation. */
  public String hostToTvm() {
    return "llvm -keys=cpu -mtriple=%s -mcpu=%s".formatted(TRIPLE, CPU);
  }

  @Override
  public String toString() {
    return id();
  }
}
