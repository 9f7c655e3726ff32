package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmModule;

/**
 * The loop that a product would be if memory cost nothing: one instruction for each of many sums,
 * enough of them to hide its latency, and no more vectors than registers.
 *
 * <p>Where a step is two instructions, every sum has an x of its own, loaded anew each time, or the
 * compiler would multiply once and add ever after; the load ports have the time.
 *
 * @param sums independent sums
 * @param rows vectors of x
 */
public record PeakKernel(CpuTarget target, int lanes, int sums, int rows) {
  public static final String NAME = "offramp_peak";

  /** The loop for a target. */
  public static PeakKernel of(CpuTarget target) {
    int sums = target.level().vectorRegisters() >= 32 ? 24 : 14;
    boolean two = DotProduct.of(target) == DotProduct.SHORTS;
    return new PeakKernel(target, target.level().vectorLanes(), sums, two ? sums : 1);
  }

  private DotProduct dot() {
    return DotProduct.of(target);
  }

  /** Vectors of the argument {@code in}. */
  public int inputs() {
    return 1 + 2 * rows;
  }

  /** Whether {@code in} holds floats, or int32 words. */
  public boolean floats() {
    return dot().word().equals(DataType.FLOAT32);
  }

  /** Whether {@code out} holds floats, or int32. */
  public boolean floatSums() {
    return dot().sum().equals(DataType.FLOAT32);
  }

  /** Operations of a step. */
  public long operations() {
    return 2L * sums * lanes * dot().group();
  }

  /** Compiles {@code (steps, in[inputs, lanes], out[sums, lanes])}. */
  public TvmModule compile(ReferenceScope owner) {
    try (var scope = ReferenceScope.open()) {
      var tir = new Tir(scope);
      var program = new Program(tir);
      var function = new PrimFunc(tir, NAME);
      write(tir, function);
      program.add(function);
      return program.compile(target.level().toTvm(), owner);
    }
  }

  private void write(Tir tir, PrimFunc function) {
    Expr steps = function.integer("steps");
    Buffer in = function.rows("in", dot().word(), lanes);
    Buffer out = function.rows("out", dot().sum(), lanes);
    Body body = function.body();
    dot().declare(body, lanes);
    Buffer totals = body.registers("sum", dot().sum().withLanes(lanes), sums);
    Expr zero = tir.constant(0);
    Expr weight = body.let("w", in.vector(lanes, zero, zero));
    Expr fixed = body.let("x", in.vector(lanes, tir.constant(1), zero));
    for (int s = 0; s < sums; s++) {
      body.store(totals, out.vector(lanes, tir.constant(s), zero), tir.constant(s));
    }
    body.loop(
        "step",
        steps,
        (block, step) -> {
          Expr odd = block.let("odd", step.minus(step.quotient(2).times(2)).times(rows));
          for (int s = 0; s < sums; s++) {
            Expr slot = tir.constant(s);
            Expr x = rows == 1 ? fixed : block.let("x", in.vector(lanes, odd.plus(1 + s), zero));
            block.store(totals, dot().add(block, totals.at(slot), weight, x), slot);
          }
        });
    for (int s = 0; s < sums; s++) {
      body.store(out, totals.at(tir.constant(s)), tir.constant(s), zero);
    }
  }
}
