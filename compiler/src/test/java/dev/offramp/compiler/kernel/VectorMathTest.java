package dev.offramp.compiler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.check.PlainKernels;
import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.compiler.tvm.ElementType;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmArray;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** The errors that {@link VectorMath} states, measured on a fine grid. */
final class VectorMathTest {
  private static final int POINTS = 1 << 18;

  @Test
  void gelu_wholeRange_absoluteErrorBelowOneMillionth() {
    assertThat(greatestError(VectorMath::gelu, PlainKernels::gelu, -20, 20, false))
        .isLessThan(1e-6);
  }

  @Test
  void gelu_hugeArguments_isIdentityOrZero() {
    float[] values = apply(VectorMath::gelu, linear(-1e6f, 1e6f));
    assertThat(values[0]).isBetween(-1e-6f, 1e-6f);
    assertThat(values[POINTS - 1]).isEqualTo(1e6f);
  }

  @Test
  void exp2_normalRange_relativeErrorOfTwoUlps() {
    assertThat(greatestError(VectorMath::exp2, x -> Math.pow(2, x), -124, 127, true))
        .isLessThan(2.4e-7);
  }

  @Test
  void exp2_farBelowTheRange_isNearlyZero() {
    float[] values = apply(VectorMath::exp2, linear(-1e6f, -125f));
    assertThat(values[0]).isEqualTo(values[POINTS - 1]).isBetween(0f, 1e-37f);
  }

  @Test
  void tanh_hugeArguments_isOne() {
    float[] values = apply(VectorMath::tanh, linear(-1e30f, 1e30f));
    assertThat(values[0]).isEqualTo(-1);
    assertThat(values[POINTS - 1]).isEqualTo(1);
  }

  @Test
  void tanh_wholeRange_absoluteErrorBelowThreeTenMillionths() {
    assertThat(greatestError(VectorMath::tanh, Math::tanh, -30, 30, false)).isLessThan(3e-7);
  }

  private static double greatestError(
      BiFunction<Body, Expr, Expr> function,
      DoubleUnaryOperator exact,
      float from,
      float to,
      boolean relative) {
    float[] x = linear(from, to);
    float[] y = apply(function, x);
    double greatest = 0;
    for (int i = 0; i < x.length; i++) {
      double expected = exact.applyAsDouble(x[i]);
      double error = Math.abs(y[i] - expected);
      greatest = Math.max(greatest, relative ? error / expected : error);
    }
    return greatest;
  }

  private static float[] linear(float from, float to) {
    var x = new float[POINTS];
    for (int i = 0; i < POINTS; i++) {
      x[i] = (float) (from + (double) (to - from) * i / (POINTS - 1));
    }
    return x;
  }

  /** Compiles a kernel of the function alone, and runs it. */
  private static float[] apply(BiFunction<Body, Expr, Expr> function, float[] values) {
    CpuLevel target = HostCpu.detect().bestLevel();
    int lanes = target.vectorLanes();
    try (var scope = ReferenceScope.open()) {
      var tir = new Tir(scope);
      var kernel = new PrimFunc(tir, "apply");
      var x = kernel.tensor("x", DataType.FLOAT32, POINTS);
      var out = kernel.tensor("out", DataType.FLOAT32, POINTS);
      kernel
          .body()
          .loop(
              "i",
              POINTS / lanes,
              (body, i) -> {
                Expr at = body.let("at", i.times(lanes));
                body.store(out, function.apply(body, x.vector(lanes, at)), at);
              });
      var program = new Program(tir);
      program.add(kernel);
      TvmArray result = TvmArray.zeros(scope, ElementType.FLOAT32, POINTS);
      program
          .compile(target.toTvm(), scope)
          .function(scope, "apply")
          .call(scope, TvmArray.of(scope, values, POINTS), result);
      return result.floats();
    }
  }
}
