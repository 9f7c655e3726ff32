package dev.offramp.compiler;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.model.artifact.Precision;
import java.util.List;

/**
 * What to make of a checkpoint.
 *
 * @param name the model's name, which requests use
 * @param targets what to compile for; a server picks the best one that its host supports
 */
public record CompilerSettings(String name, List<CpuTarget> targets) {

  public CompilerSettings {
    if (name.isBlank()) {
      throw new IllegalArgumentException("name: '" + name + "' (expected: not empty)");
    }
    targets = List.copyOf(targets);
    if (targets.isEmpty() || targets.stream().distinct().count() != targets.size()) {
      throw new IllegalArgumentException(
          "targets: %s (expected: at least one, each once)".formatted(targets));
    }
  }

  /** The best target of this machine, in float32. */
  public static CompilerSettings forThisHost(String name) {
    var target = new CpuTarget(HostCpu.detect().bestLevel(), Precision.FLOAT32);
    return new CompilerSettings(name, List.of(target));
  }
}
