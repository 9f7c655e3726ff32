package dev.offramp.compiler;

import dev.offramp.compiler.tune.Workload;

/** Hears how a compilation goes on; called on the compiling thread. */
@FunctionalInterface
public interface CompileListener {

  /**
   * A step begins.
   *
   * @param step from 1
   * @param steps how many there will be
   * @param what what is being done, for a human
   */
  void step(int step, int steps, String what);

  /** A round of tuning ended; see {@link dev.offramp.compiler.tune.TuneListener}. */
  default void tuned(
      String target,
      Workload workload,
      double gops,
      double fractionOfPeak,
      int candidates,
      long secondsLeft) {}

  /** Hears nothing. */
  static CompileListener none() {
    return (step, steps, what) -> {};
  }
}
