package dev.offramp.bench;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Peers' small precisions need instructions that not every CPU has. */
public final class WideCpu {
  private WideCpu() {}

  /** Skips the test where ONNX Runtime's int8 saturates and oneDNN lacks precisions. */
  public static void require() throws IOException {
    Path cpu = Path.of("/proc/cpuinfo");
    assumeTrue(
        !Files.exists(cpu) || Files.readString(cpu).contains("avx512_vnni"),
        "SKIPPED: this CPU has no AVX-512 VNNI, which peers' small precisions need here");
  }
}
