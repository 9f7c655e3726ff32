package dev.offramp.compiler.target;

import dev.offramp.model.artifact.Precision;

/** What kernels are compiled for: a kind of machine and the precision of its products. */
public sealed interface Target permits CpuTarget, OpenClTarget {

  /** The name, {@code <machine>-<precision>}, which is also a directory's name in the artifact. */
  String id();

  /** What products multiply. */
  Precision precision();
}
