package dev.offramp.compiler.tvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/*
 * What is measured, and what is not.
 *
 * A leak of the compiler grows resident memory in every window of compilations, by about as much
 * each time. The JVM under the test grows it too, but in steps: when the method that compiles once
 * has been called 5,000 times, HotSpot's optimizing compiler takes it up, and the 10 to 20 MB of
 * scratch memory that this needs stay with the C allocator. So the test is on the median growth of
 * a window, which steps cannot move and no steady leak can hide from. How well it tells them apart:
 * with TVM's elimination of common subexpressions put back (see Program) it measures 6,000 bytes a
 * compilation in the short run, without it 400. A loose bound on the total stays beside it.
 */

/**
 * Compiles a small kernel over and over in one process and watches its resident memory.
 *
 * <p>The normal run is short. The full proof, with the heap pinned and the optimizing compiler off
 * so that what is left is native memory of ours:
 *
 * <pre>
 * mvn -pl compiler -am test -Dtest=CompilationLeakTest -Dsurefire.failIfNoSpecifiedTests=false \
 *   -Dofframp.compilations=10000 \
 *   "-Djvm.flags=--enable-native-access=ALL-UNNAMED -Xms256m -Xmx256m -XX:+AlwaysPreTouch
 *   -XX:TieredStopAtLevel=1"</pre>
 */
final class CompilationLeakTest {
  private static final int COMPILATIONS = Integer.getInteger("offramp.compilations", 600);
  private static final int WINDOWS = 20;

  /** The first windows, in which allocators and the JVM settle. */
  private static final int WARM_UP = WINDOWS / 2;

  /** Loading code into the process takes LLVM longer than making it: now and then is enough. */
  private static final int RUN_EVERY = 50;

  /** The most that a compilation may leave behind in the median window. */
  private static final long BYTES_EACH = 1024;

  /** What the JVM's steps may add to the total. */
  private static final long STEP_BYTES = 16 << 20;

  @Test
  void compile_overAndOver_residentMemoryStaysLevel() throws IOException {
    CpuLevel target = HostCpu.detect().bestLevel();
    int window = Math.max(1, COMPILATIONS / WINDOWS);
    var resident = new long[WINDOWS];
    for (int w = 0; w < WINDOWS; w++) {
      for (int i = 0; i < window; i++) {
        compileOnce(target, (w * window + i) % RUN_EVERY == 0);
      }
      resident[w] = residentBytes();
      System.out.printf(
          "after %5d compilations: %d KiB resident%n", (w + 1) * window, resident[w] >> 10);
    }
    long[] growths =
        IntStream.range(WARM_UP, WINDOWS)
            .mapToLong(w -> resident[w] - resident[w - 1])
            .sorted()
            .toArray();
    long median = growths[growths.length / 2];
    long total = resident[WINDOWS - 1] - resident[WARM_UP - 1];
    System.out.printf(
        "growth: %d KiB in %d compilations; in the median window %d bytes a compilation%n",
        total >> 10, growths.length * window, median / window);
    assertThat(median).isLessThan(BYTES_EACH * window);
    assertThat(total).isLessThan(STEP_BYTES + BYTES_EACH * growths.length * window);
    assertThat(TvmCallbacks.held()).isZero();
  }

  private static void compileOnce(CpuLevel target, boolean run) {
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
