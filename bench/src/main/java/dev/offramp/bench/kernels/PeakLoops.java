package dev.offramp.bench.kernels;

import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.compiler.tvm.ElementType;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmArray;
import dev.offramp.compiler.tvm.TvmFunction;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.model.artifact.Precision;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/*
 * What a core can do at most, found out by doing it: for each precision a loop of nothing but its
 * multiply-add instruction on values that never leave their registers, with enough independent sums
 * (24 of AVX-512's 32 registers) that no addition waits for the one before.
 *
 * Each sum starts from another value: equal ones would be one to an optimizer.
 */

/**
 * Loops that reach the peak of the core.
 *
 * <p>Ownership: native code and memory belong to the scope given. Threading: one thread.
 */
final class PeakLoops {
  /** Steps of the loop that are written out one after the other. */
  private static final int UNROLL = 4;

  private static final int ROUNDS = 1 << 14;

  private final ReferenceScope scope;
  private final CpuLevel level;
  private final TvmModule module;
  private final Map<Precision, Peak> peaks = new EnumMap<>(Precision.class);

  private PeakLoops(ReferenceScope scope, CpuLevel level) {
    this.scope = scope;
    this.level = level;
    this.module = compile();
    level.precisions().forEach(p -> peaks.put(p, new Peak(p)));
  }

  /** The loops for a level of this machine. */
  static PeakLoops of(ReferenceScope scope, CpuLevel level) {
    return new PeakLoops(scope, level);
  }

  /** The loop of a precision. */
  Peak peak(Precision precision) {
    Peak peak = peaks.get(precision);
    if (peak == null) {
      throw new IllegalArgumentException(
          "precision: %s (expected: one of %s)".formatted(precision, peaks.keySet()));
    }
    return peak;
  }

  /** The peak of one precision. */
  final class Peak {
    private final TvmFunction function;
    private final TvmArray x;
    private final TvmArray out;
    private final long operationsPerRound;

    private Peak(Precision precision) {
      Dot dot = Dot.of(precision, level);
      int sums = sums();
      int lanes = level.vectorLanes();
      function = module.function(scope, name(precision));
      out = TvmArray.zeros(scope, dot.element, (long) sums * lanes);
      x = TvmArray.zeros(scope, dot.element, (sums + 2L) * lanes);
      // Small numbers whose sums stay small however long the loop runs.
      var memory = x.memory();
      for (int i = 0; i < (sums + 2) * lanes; i++) {
        if (dot == Dot.FMA) {
          memory.putFloat(1e-3f * (i + 1));
        } else {
          memory.putInt(0x01010101);
        }
      }
      operationsPerRound = 2L * dot.group * lanes * sums * UNROLL;
    }

    /** Runs the loop for some tenths of a millisecond; 1e9 operations a second. */
    double measure() {
      long start = System.nanoTime();
      function.call(scope, ROUNDS, x, out);
      return (double) operationsPerRound * ROUNDS / (System.nanoTime() - start);
    }
  }

  private int sums() {
    return level.vectorRegisters() >= 32 ? 24 : 12;
  }

  private static String name(Precision precision) {
    return "peak_" + precision.id();
  }

  private TvmModule compile() {
    try (var own = ReferenceScope.open()) {
      var tir = new Tir(own);
      var program = new Program(tir);
      for (Precision precision : level.precisions()) {
        program.add(peak(tir, precision));
      }
      return program.compile(level.toTvm(), scope);
    }
  }

  private PrimFunc peak(Tir tir, Precision precision) {
    Dot dot = Dot.of(precision, level);
    int lanes = level.vectorLanes();
    int sums = sums();
    var function = new PrimFunc(tir, name(precision));
    Expr rounds = function.integer("rounds");
    Buffer x = function.tensor("x", dot.type(), (sums + 2) * lanes);
    Buffer out = function.tensor("out", dot.type(), sums * lanes);
    Body body = function.body();
    dot.declare(body, lanes);
    Buffer sum = body.registers("sum", dot.type().withLanes(lanes), sums);
    List<Expr> slots = new ArrayList<>();
    for (int i = 0; i < sums; i++) {
      slots.add(tir.constant(i));
      body.store(sum, x.vector(lanes, tir.constant(i * lanes)), slots.get(i));
    }
    Expr a = body.let("a", x.vector(lanes, tir.constant(sums * lanes)));
    Expr b = body.let("b", x.vector(lanes, tir.constant((sums + 1) * lanes)));
    body.loop(
        "round",
        rounds,
        (block, index) -> {
          for (int step = 0; step < UNROLL; step++) {
            slots.forEach(slot -> block.store(sum, dot.add(tir, sum.at(slot), a, b), slot));
          }
        });
    for (int i = 0; i < sums; i++) {
      body.store(out, sum.at(slots.get(i)), tir.constant(i * lanes));
    }
    return function;
  }

  /** The multiply-add instruction of a precision. */
  private enum Dot {
    FMA(1, ElementType.FLOAT32),
    BF16(2, ElementType.FLOAT32),
    BYTES(4, ElementType.INT32),
    SHORTS(2, ElementType.INT32);

    final int group;
    final ElementType element;

    Dot(int group, ElementType element) {
      this.group = group;
      this.element = element;
    }

    DataType type() {
      return element == ElementType.FLOAT32 ? DataType.FLOAT32 : DataType.INT32;
    }

    static Dot of(Precision precision, CpuLevel level) {
      return switch (precision) {
        case FLOAT32 -> FMA;
        case BF16 -> BF16;
        case INT8 -> level.hasByteDotProduct() ? BYTES : SHORTS;
        case FLOAT16 -> throw new IllegalArgumentException("float16: no CPU has a kernel for it");
      };
    }

    void declare(Body body, int lanes) {
      if (this != FMA) {
        body.importLlvm(source(lanes));
      }
    }

    Expr add(Tir tir, Expr sum, Expr a, Expr b) {
      return this == FMA ? a.multiplyAdd(b, sum) : tir.external(function(), sum.type(), sum, a, b);
    }

    private String function() {
      return "peak_dot_" + name();
    }

    private String source(int lanes) {
      String vector = "<%d x i32>".formatted(lanes);
      int bits = 32 * lanes;
      return switch (this) {
        case FMA -> throw new IllegalStateException("has an operator of its own");
        case BF16 ->
            """
            declare <%1$d x float> @llvm.x86.avx512bf16.dpbf16ps.%2$d(<%1$d x float>, <%3$d x bfloat>, <%3$d x bfloat>)
            define <%1$d x float> @%4$s(<%1$d x float> %%s, <%1$d x float> %%a, <%1$d x float> %%b) alwaysinline nounwind {
              %%x = bitcast <%1$d x float> %%a to <%3$d x bfloat>
              %%y = bitcast <%1$d x float> %%b to <%3$d x bfloat>
              %%r = call <%1$d x float> @llvm.x86.avx512bf16.dpbf16ps.%2$d(<%1$d x float> %%s, <%3$d x bfloat> %%x, <%3$d x bfloat> %%y)
              ret <%1$d x float> %%r
            }
            """
                .formatted(lanes, bits, 2 * lanes, function());
        case BYTES ->
            """
            declare %1$s @llvm.x86.avx512.vpdpbusd.%2$d(%1$s, %1$s, %1$s)
            define %1$s @%3$s(%1$s %%s, %1$s %%a, %1$s %%b) alwaysinline nounwind {
              %%r = call %1$s @llvm.x86.avx512.vpdpbusd.%2$d(%1$s %%s, %1$s %%a, %1$s %%b)
              ret %1$s %%r
            }
            """
                .formatted(vector, bits, function());
        case SHORTS ->
            """
            declare %1$s @%2$s(<%3$d x i16>, <%3$d x i16>)
            define %1$s @%4$s(%1$s %%s, %1$s %%a, %1$s %%b) alwaysinline nounwind {
              %%x = xor %1$s %%a, %%s
              %%c = bitcast %1$s %%x to <%3$d x i16>
              %%d = bitcast %1$s %%b to <%3$d x i16>
              %%p = call %1$s @%2$s(<%3$d x i16> %%c, <%3$d x i16> %%d)
              %%r = add %1$s %%s, %%p
              ret %1$s %%r
            }
            """
                .formatted(
                    vector,
                    lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd",
                    2 * lanes,
                    function());
      };
    }
  }
}
