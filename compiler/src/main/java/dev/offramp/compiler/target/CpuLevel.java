package dev.offramp.compiler.target;

import dev.offramp.model.artifact.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A kind of CPU that kernels are compiled for, in rising order: of two that a host runs, the later
 * one makes more of it.
 *
 * <p>The x86-64 levels are those of the psABI; the others are CPUs by LLVM's name, which stand for
 * all that have the features listed here.
 */
public enum CpuLevel {
  /** AVX2 and FMA: 16 registers of 8 floats. Nearly every x86-64 server since 2013. */
  X86_64_V3("x86-64-v3", 8, 16),

  /** AVX-512 F, BW, CD, DQ, VL: 32 registers of 16 floats. */
  X86_64_V4("x86-64-v4", 16, 32),

  /** Intel's first servers with AVX-512. */
  SKYLAKE_AVX512("skylake-avx512", 16, 32),

  /** The first with VNNI, dot products of bytes. */
  CASCADELAKE("cascadelake", 16, 32),

  /** Intel's with bf16 dot products; AMX is not used. */
  SAPPHIRERAPIDS("sapphirerapids", 16, 32),

  /** AMD's with bf16 dot products, and those after it. */
  ZNVER4("znver4", 16, 32),

  /** Any 64-bit Arm server: NEON, 32 registers of 4 floats. Only ever cross-compiled. */
  AARCH64("aarch64", 4, 32);

  /**
   * What no kernel has a use for, and some hypervisors hide from their guests: LLVM is told not to
   * use it, so that no host is refused for want of it.
   */
  private static final String NOT_USED = "-lzcnt,-sse4a";

  private final String id;
  private final int vectorLanes;
  private final int vectorRegisters;

  CpuLevel(String id, int vectorLanes, int vectorRegisters) {
    this.id = id;
    this.vectorLanes = vectorLanes;
    this.vectorRegisters = vectorRegisters;
  }

  /** The name that users give, such as {@code znver4}. */
  public String id() {
    return id;
  }

  /** LLVM's triple. */
  public String triple() {
    return this == AARCH64 ? "aarch64-unknown-linux-gnu" : "x86_64-unknown-linux-gnu";
  }

  /** LLVM's name of the CPU. */
  public String cpu() {
    return this == AARCH64 ? "generic" : id;
  }

  /**
   * The target in TVM's notation.
   *
   * <p>LLVM's lowest level of optimization: the kernels are unrolled and cut into vectors by us,
   * and what higher levels unroll on top of that makes them spill registers.
   */
  public String toTvm() {
    String options = "-mtriple=%s -mcpu=%s -opt-level=1".formatted(triple(), cpu());
    return this == AARCH64
        ? "llvm -keys=arm_cpu,cpu " + options
        : "llvm -keys=cpu -mattr=" + NOT_USED + " " + options;
  }

  /**
   * Features that a host must have, as {@code /proc/cpuinfo} names them: those that LLVM may use
   * for this CPU, not all that the CPU has.
   */
  public List<String> requires() {
    return switch (this) {
      case X86_64_V3 -> Features.V3;
      case X86_64_V4 -> Features.V4;
      case SKYLAKE_AVX512 -> Features.SKYLAKE;
      case CASCADELAKE -> Features.CASCADELAKE;
      case SAPPHIRERAPIDS -> Features.SAPPHIRERAPIDS;
      case ZNVER4 -> Features.ZNVER4;
      case AARCH64 -> Features.AARCH64;
    };
  }

  /** The number of 32-bit words in a vector register. */
  public int vectorLanes() {
    return vectorLanes;
  }

  /** The number of vector registers. */
  public int vectorRegisters() {
    return vectorRegisters;
  }

  /** Whether it has dot products of bytes. */
  public boolean hasByteDotProduct() {
    return requires().contains("avx512_vnni");
  }

  /** Whether it has dot products of bf16. */
  public boolean hasBf16DotProduct() {
    return requires().contains("avx512_bf16");
  }

  /** The precisions that kernels can be compiled for. */
  public List<Precision> precisions() {
    var precisions = new ArrayList<Precision>();
    precisions.add(Precision.FLOAT32);
    if (hasBf16DotProduct()) {
      precisions.add(Precision.BF16);
    }
    if (this != AARCH64) {
      precisions.add(Precision.INT8);
    }
    return List.copyOf(precisions);
  }

  /** The level of that name. */
  public static CpuLevel ofId(String id) {
    return Arrays.stream(values())
        .filter(level -> level.id.equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "target: %s (expected: one of %s)"
                    .formatted(id, Arrays.stream(values()).map(CpuLevel::id).toList())));
  }

  /** What each level adds, under the names of {@code /proc/cpuinfo}. */
  private static final class Features {
    static final List<String> V3 =
        List.of(
            "cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3", "avx", "avx2", "bmi1", "bmi2",
            "f16c", "fma", "movbe", "xsave");
    static final List<String> V4 =
        join(V3, "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl");
    static final List<String> SKYLAKE = join(V4, "adx", "aes", "pclmulqdq");
    static final List<String> CASCADELAKE = join(SKYLAKE, "avx512_vnni");
    private static final List<String> ICELAKE =
        join(
            CASCADELAKE,
            "avx512ifma",
            "avx512vbmi",
            "avx512_vbmi2",
            "avx512_bitalg",
            "avx512_vpopcntdq",
            "gfni",
            "vaes",
            "vpclmulqdq");
    static final List<String> SAPPHIRERAPIDS =
        join(ICELAKE, "avx512_bf16", "avx512_fp16", "avx_vnni");
    static final List<String> ZNVER4 = join(ICELAKE, "avx512_bf16");

    static final List<String> AARCH64 = List.of("fp", "asimd");

    private static List<String> join(List<String> base, String... more) {
      var all = new ArrayList<>(base);
      all.addAll(List.of(more));
      return List.copyOf(all);
    }
  }
}
