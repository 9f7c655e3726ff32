package dev.offramp.compiler;

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

  /** Hears nothing. */
  static CompileListener none() {
    return (step, steps, what) -> {};
  }
}
