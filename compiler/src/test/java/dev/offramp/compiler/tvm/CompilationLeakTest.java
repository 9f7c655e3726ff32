package dev.offramp.compiler.tvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Compiles a small kernel over and over in one process and watches its resident memory.
 *
 * <p>The normal run is short; the full proof is {@code mvn -pl compiler -am test
 * -Dtest=CompilationLeakTest -Dsurefire.failIfNoSpecifiedTests=false -Dofframp.compilations=10000}.
 */
final class CompilationLeakTest {
  private static final int COMPILATIONS = Integer.getInteger("offramp.compilations", 300);

  /** Loading code into the process takes LLVM longer than making it: now and then is enough. */
  private static final int RUN_EVERY = 50;

  /** What a short run may grow by; memory allocators take a while to settle. */
  private static final long SETTLING_BYTES = 16 << 20;

  /** What each compilation may leave behind over a long run. */
  private static final long BYTES_EACH = 1024;

  @Test
  void compile_overAndOver_residentMemoryStaysLevel() throws IOException {
    CpuTarget target = HostCpu.detect().bestTarget();
    int warmUp = COMPILATIONS / 3;
    int report = Math.max(1, COMPILATIONS / 20);
    long start = 0;
    for (int i = 0; i < COMPILATIONS; i++) {
      if (i == warmUp) {
        start = residentBytes();
      }
      compileOnce(target, i % RUN_EVERY == 0);
      if ((i + 1) % report == 0) {
        System.out.printf(
            "after %5d compilations: %d KiB resident%n", i + 1, residentBytes() >> 10);
      }
    }
    long growth = residentBytes() - start;
    int counted = COMPILATIONS - warmUp;
    System.out.printf(
        "growth over the last %d compilations: %d KiB, %d bytes each%n",
        counted, growth >> 10, growth / counted);
    assertThat(growth).isLessThan(SETTLING_BYTES + BYTES_EACH * counted);
    assertThat(TvmCallbacks.held()).isZero();
  }

  private static void compileOnce(CpuTarget target, boolean run) {
    try (var scope = ReferenceScope.open()) {
      var tir = new Tir(scope);
      var function = new PrimFunc(tir, "twice");
      Expr count = function.integer("count");
      var x = function.rows("x", DataType.FLOAT32);
      var out = function.rows("out", DataType.FLOAT32);
      function.body().loop("i", count, (body, i) -> body.store(out, x.at(i).plus(x.at(i)), i));
      var program = new Program(tir);
      program.add(function);
      TvmModule module = program.compile(target.toTvm(), scope);
      if (!run) {
        return;
      }
      TvmArray values = TvmArray.of(scope, new float[] {1, 2, 3}, 3);
      TvmArray doubled = TvmArray.zeros(scope, ElementType.FLOAT32, 3);
      module.function(scope, "twice").call(scope, 3, values, doubled);
      assertThat(doubled.floats()).containsExactly(2, 4, 6);
    }
  }

  /** After a garbage collection, so that what Java has not yet cleaned up does not count. */
  private static long residentBytes() throws IOException {
    System.gc();
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(text -> text.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D+", "")) << 10;
    }
  }
}
