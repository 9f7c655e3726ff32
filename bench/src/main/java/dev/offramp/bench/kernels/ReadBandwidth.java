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

/**
 * How fast a core reads: a loop of vector loads and additions over a block, again and again.
 *
 * <p>Ownership: native code belongs to the scope given. Threading: one thread.
 */
final class ReadBandwidth {
  private static final int VECTORS = 8;
  private static final String NAME = "read";

  /** What a measurement reads at least, so that its clock does not matter. */
  private static final long SAMPLE_BYTES = 64L << 20;

  private final TvmFunction function;
  private final int width;

  private ReadBandwidth(TvmFunction function, int width) {
    this.function = function;
    this.width = width;
  }

  /** Compiles the loop for a level that this machine runs. */
  static ReadBandwidth of(ReferenceScope scope, CpuLevel level) {
    try (var own = ReferenceScope.open()) {
      var tir = new Tir(own);
      var program = new Program(tir);
      program.add(loop(tir, level.vectorLanes()));
      TvmModule module = program.compile(level.toTvm(), scope);
      return new ReadBandwidth(module.function(scope, NAME), VECTORS * level.vectorLanes());
    }
  }

  /** The median over rounds for a block of that size, 1e9 bytes a second. */
  double measure(long bytes, int rounds) {
    try (var own = ReferenceScope.open()) {
      int rows = Math.toIntExact(bytes / ElementType.BYTES / width);
      TvmArray x = TvmArray.zeros(own, ElementType.FLOAT32, rows, width);
      TvmArray out = TvmArray.zeros(own, ElementType.FLOAT32, width);
      int repeats = (int) Math.max(1, SAMPLE_BYTES / bytes);
      double read = (double) ElementType.BYTES * width * rows * repeats;
      var rates = new double[rounds];
      function.call(own, repeats, rows, x, out); // Fills the caches.
      for (int round = 0; round < rounds; round++) {
        long start = System.nanoTime();
        function.call(own, repeats, rows, x, out);
        rates[round] = read / (System.nanoTime() - start);
      }
      return Medians.of(rates);
    }
  }

  private static PrimFunc loop(Tir tir, int lanes) {
    DataType type = DataType.FLOAT32;
    var function = new PrimFunc(tir, NAME);
    Expr repeats = function.integer("repeats");
    Expr rows = function.integer("rows");
    Buffer x = function.rows("x", type, VECTORS * lanes);
    Buffer out = function.tensor("out", type, VECTORS * lanes);
    Body body = function.body();
    Buffer sum = body.registers("sum", type.withLanes(lanes), VECTORS);
    for (int i = 0; i < VECTORS; i++) {
      body.store(sum, tir.constant(0f, lanes), tir.constant(i));
    }
    body.loop(
        "repeat",
        repeats,
        (again, repeat) ->
            again.loop(
                "row",
                rows,
                (block, row) -> {
                  for (int i = 0; i < VECTORS; i++) {
                    Expr value = x.vector(lanes, row, tir.constant(i * lanes));
                    block.store(sum, sum.at(tir.constant(i)).plus(value), tir.constant(i));
                  }
                }));
    for (int i = 0; i < VECTORS; i++) {
      body.store(out, sum.at(tir.constant(i)), tir.constant(i * lanes));
    }
    return function;
  }
}
