package dev.offramp.server.engine;

/** Hears of every step of every worker, on the worker: for measurements and pictures. */
@FunctionalInterface
public interface StepListener {

  /**
   * A layer ran.
   *
   * @param worker its number, from 0
   * @param depth the layer's depth, from 1
   * @param texts that it ran for
   * @param tokens of these
   * @param parked texts of this worker and model that wait between layers
   * @param beganNanos on the engine's clock
   * @param endedNanos with the exit, before answers are sent
   */
  void stepped(
      int worker, int depth, int texts, int tokens, int parked, long beganNanos, long endedNanos);

  /** Hears nothing. */
  static StepListener none() {
    return (_, _, _, _, _, _, _) -> {};
  }
}
