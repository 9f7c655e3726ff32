package dev.offramp.bench.kernels;

import dev.offramp.bench.onednn.OneDnn;
import dev.offramp.cli.CommandFailedException;
import dev.offramp.compiler.check.SelfCheck;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmArray;
import dev.offramp.compiler.tvm.TvmFunction;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A kernel on a batch, ready to be called again and again: its arguments stay in native memory.
 *
 * <p>Ownership: native memory belongs to the scope that made it. Threading: one thread.
 */
final class KernelCase {
  private final String name;
  private final Precision arithmetic;
  private final KernelWork work;
  private final @Nullable Product product;
  private final TvmFunction function;
  private final Object[] arguments;
  private final TvmArray out;
  private final int[] checkedRows;
  private final Supplier<float[]> expected;

  /**
   * A product of matrices as a library of such products sees it.
   *
   * @param rows T
   * @param weight {@code [N, K]}
   * @param epilogue what follows it, LayerNorm aside
   */
  record Product(int rows, Tensor weight, OneDnn.Epilogue epilogue) {
    int inner() {
      return weight.shape().get(1);
    }

    int outer() {
      return weight.shape().get(0);
    }
  }

  /**
   * A case.
   *
   * @param name as reports have it
   * @param arithmetic the precision of most of its operations, whose peak it is held against
   * @param product the product it is made of, if it is one
   * @param arguments with {@code out} as the last
   * @param checkedRows which rows of {@code out} are compared
   * @param expected those rows in plain Java
   */
  KernelCase(
      String name,
      Precision arithmetic,
      KernelWork work,
      @Nullable Product product,
      TvmFunction function,
      Object[] arguments,
      TvmArray out,
      int[] checkedRows,
      Supplier<float[]> expected) {
    this.name = name;
    this.arithmetic = arithmetic;
    this.work = work;
    this.product = product;
    this.function = function;
    this.arguments = arguments;
    this.out = out;
    this.checkedRows = checkedRows;
    this.expected = expected;
  }

  String name() {
    return name;
  }

  Precision arithmetic() {
    return arithmetic;
  }

  KernelWork work() {
    return work;
  }

  @Nullable Product product() {
    return product;
  }

  /** Calls the kernel so many times in a row; how long that took. */
  long nanos(int calls) {
    try (var scope = ReferenceScope.open()) {
      long start = System.nanoTime();
      for (int i = 0; i < calls; i++) {
        function.call(scope, arguments);
      }
      return System.nanoTime() - start;
    }
  }

  /**
   * Calls the kernel and compares.
   *
   * @return the furthest that it lies from plain Java
   * @throws CommandFailedException if that is more than every artifact's own check allows
   */
  double maxError() {
    nanos(1);
    float[] actual = out.floats();
    float[] plain = expected.get();
    int width = plain.length / checkedRows.length;
    double furthest = 0;
    double scale = 1;
    for (int row = 0; row < checkedRows.length; row++) {
      for (int i = 0; i < width; i++) {
        double value = plain[row * width + i];
        double difference = Math.abs(actual[checkedRows[row] * width + i] - value);
        // Math.max keeps a NaN, and the comparison below refuses it.
        furthest = Math.max(furthest, difference);
        scale = Math.max(scale, Math.abs(value));
      }
    }
    if (!(furthest <= SelfCheck.TOLERANCE * scale)) {
      throw new CommandFailedException(
          "%s: the kernel's result lies %g from plain Java's (expected: at most %g)"
              .formatted(name, furthest, SelfCheck.TOLERANCE * scale));
    }
    return furthest;
  }
}
