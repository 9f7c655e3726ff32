package dev.offramp.compiler.target;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A level of the x86-64 instruction set, as its psABI defines them.
 *
 * <p>Kernels are compiled for a level and not for the compiling machine's exact CPU: a level says
 * in a handful of feature names where its code runs, its code is as fast (the kernels are vector
 * instructions chosen by us, not by a CPU model), and it is the same on every machine that compiles
 * it. One artifact may hold several levels.
 */
public enum CpuTarget {
  /** AVX2 and FMA: 16 registers of 8 floats. Nearly every x86-64 server since 2013. */
  X86_64_V3("x86-64-v3", 8, 16, 6, 2),

  /** AVX-512 F, BW, CD, DQ, VL: 32 registers of 16 floats. */
  X86_64_V4("x86-64-v4", 16, 32, 8, 3);

  private static final String TRIPLE = "x86_64-unknown-linux-gnu";

  private final String cpu;
  private final int vectorLanes;
  private final int vectorRegisters;
  private final int rowTile;
  private final int tileVectors;

  CpuTarget(String cpu, int vectorLanes, int vectorRegisters, int rowTile, int tileVectors) {
    this.cpu = cpu;
    this.vectorLanes = vectorLanes;
    this.vectorRegisters = vectorRegisters;
    this.rowTile = rowTile;
    this.tileVectors = tileVectors;
  }

  /** What each level adds, under the names of {@code /proc/cpuinfo} ({@code abm} is LZCNT). */
  private static final class Features {
    static final List<String> V3 =
        List.of(
            "cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3", "avx", "avx2", "bmi1", "bmi2",
            "f16c", "fma", "abm", "movbe", "xsave");
    static final List<String> V4 =
        List.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl");
  }

  /** The name of the level for float32, which is also a directory's name in the artifact. */
  public String id() {
    return cpu + "-float32";
  }

  /** LLVM's triple. */
  public String triple() {
    return TRIPLE;
  }

  /** LLVM's name of the CPU. */
  public String cpu() {
    return cpu;
  }

  /** Features that a host must have, as {@code /proc/cpuinfo} names them. */
  public List<String> requires() {
    return switch (this) {
      case X86_64_V3 -> Features.V3;
      case X86_64_V4 -> Stream.concat(Features.V3.stream(), Features.V4.stream()).toList();
    };
  }

  /** The target in TVM's notation. */
  public String toTvm() {
    return "llvm -keys=cpu -mtriple=%s -mcpu=%s".formatted(TRIPLE, cpu);
  }

  /** The number of floats in a vector register. */
  public int vectorLanes() {
    return vectorLanes;
  }

  /** The number of vector registers. */
  public int vectorRegisters() {
    return vectorRegisters;
  }

  /** The number of rows that a GEMM kernel computes at a time. */
  public int rowTile() {
    return rowTile;
  }

  /** The most vectors of columns that a GEMM kernel computes at a time. */
  public int tileVectors() {
    return tileVectors;
  }

  /** The features that a host lacks for this target. */
  public Set<String> missingOn(Set<String> hostFeatures) {
    return requires().stream()
        .filter(feature -> !hostFeatures.contains(feature))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The target of that id. */
  public static CpuTarget ofId(String id) {
    return Arrays.stream(values())
        .filter(target -> target.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "target: %s (expected: one of %s)"
                    .formatted(id, Arrays.stream(values()).map(CpuTarget::id).toList())));
  }
}
