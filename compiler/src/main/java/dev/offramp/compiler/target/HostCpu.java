package dev.offramp.compiler.target;

import dev.offramp.compiler.tvm.ReferenceScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The CPU of this machine.
 *
 * @param name what LLVM calls it, such as {@code znver4}
 * @param features the feature names of {@code /proc/cpuinfo}; what a hypervisor hides is absent
 */
public record HostCpu(String name, Set<String> features) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  public HostCpu {
    features = Set.copyOf(features);
  }

  /** Asks LLVM for the name and the kernel for the features. */
  public static HostCpu detect() {
    try (var scope = ReferenceScope.open();
        var lines = Files.lines(CPU_INFO)) {
      String flags = lines.filter(line -> line.startsWith("flags")).findFirst().orElse("flags\t:");
      return new HostCpu(
          scope.text("target.llvm_get_system_cpu"),
          Set.of(flags.substring(flags.indexOf(':') + 1).strip().split("\\s+")));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPU_INFO, e);
    }
  }

  /** The highest level whose code runs here. */
  public CpuLevel bestLevel() {
    return Arrays.stream(CpuLevel.values())
        .filter(this::runs)
        .max(Comparator.naturalOrder())
        .orElseThrow(() ->
            new IllegalStateException(
                "CPU %s lacks %s (expected: at least x86-64-v3, that is AVX2 and FMA)"
                    .formatted(name, missing(CpuLevel.X86_64_V3))));
  }

  /** Whether a level's code runs here. */
  public boolean runs(CpuLevel level) {
    return missing(level).isEmpty();
  }

  /** Whether a target's code runs here. */
  public boolean runs(CpuTarget target) {
    return runs(target.level());
  }

  /** The features that a level requires and this CPU lacks. */
  public List<String> missing(CpuLevel level) {
    return level.requires().stream().filter(feature -> !features.contains(feature)).toList();
  }
}
