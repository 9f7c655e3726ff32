package dev.offramp.compiler;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.target.Target;
import dev.offramp.model.artifact.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What to make of a checkpoint.
 *
 * @param name the model's name, which requests use
 * @param targets what to compile for; a server picks the best one that its host supports
 * @param tuning what to search for better schedules with
 */
public record CompilerSettings(String name, List<Target> targets, Tuning tuning) {

  private static final Pattern NAME = Pattern.compile("[^\\s/@\\p{Cntrl}]{1,128}");

  /**
   * How schedules are found.
   *
   * @param records what is known, and where to keep what is found; null for what ships alone
   * @param time how long to search, for all targets together; zero for not at all
   */
  public record Tuning(@Nullable Path records, Duration time) {
    /** Shipped records, no search. */
    public static final Tuning NONE = new Tuning(null, Duration.ZERO);

    public Tuning {
      if (time.isNegative()) {
        throw new IllegalArgumentException("tuning: %s (expected: no less than 0)".formatted(time));
      }
    }
  }

  /** Without a search. */
  public CompilerSettings(String name, List<? extends Target> targets) {
    this(name, List.copyOf(targets), Tuning.NONE);
  }

  public CompilerSettings {
    requireName(name);
    targets = List.copyOf(targets);
    if (targets.isEmpty() || targets.stream().distinct().count() != targets.size()) {
      throw new IllegalArgumentException(
          "targets: %s (expected: at least one, each once)".formatted(targets));
    }
  }

  /** Refuses what is no model's name, with {@link IllegalArgumentException}. */
  public static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name: '%s' (expected: 1 to 128 characters without spaces, '/' or '@', which names a version)"
              .formatted(name));
    }
  }

  /** The best target of this machine, in float32. */
  public static CompilerSettings forThisHost(String name) {
    var target = new CpuTarget(HostCpu.detect().bestLevel(), Precision.FLOAT32);
    return new CompilerSettings(name, List.of(target));
  }
}
