package dev.offramp.compiler.target;

import dev.offramp.model.artifact.Precision;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A CPU level and the precision of its products.
 *
 * <p>Kernels are compiled for a level and not for the compiling machine's exact CPU: a level says
 * in a handful of feature names where its code runs, its code is as fast (the kernels are vector
 * instructions chosen by us), and it is the same on every machine that compiles it. One artifact
 * may hold several.
 */
public record CpuTarget(CpuLevel level, Precision precision) implements Target {

  /** Refuses what the level has no instructions for. */
  public CpuTarget {
    if (!level.precisions().contains(precision)) {
      throw new IllegalArgumentException(
          "precision: %s for target %s (expected: one of %s; %s needs target %s)"
              .formatted(
                  precision.id(),
                  level.id(),
                  level.precisions().stream().map(Precision::id).toList(),
                  precision.id(),
                  machinesOf(precision)));
    }
  }

  private static String machinesOf(Precision precision) {
    String levels =
        Stream.of(CpuLevel.values())
            .filter(level -> level.precisions().contains(precision))
            .map(CpuLevel::id)
            .collect(Collectors.joining(" or "));
    return levels.isEmpty() ? OpenClTarget.NAME : levels;
  }

  @Override
  public String id() {
    return level.id() + "-" + precision.id();
  }

  /** All targets there are. */
  public static List<CpuTarget> all() {
    return Stream.of(CpuLevel.values())
        .flatMap(level -> level.precisions().stream().map(p -> new CpuTarget(level, p)))
        .toList();
  }

  @Override
  public String toString() {
    return id();
  }
}
