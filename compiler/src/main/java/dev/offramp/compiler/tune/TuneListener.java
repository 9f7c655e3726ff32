package dev.offramp.compiler.tune;

/** Hears how far tuning is. Called on the tuning thread. */
@FunctionalInterface
public interface TuneListener {

  /**
   * A round of measurements ended.
   *
   * @param target the target's id
   * @param gops of the best schedule so far, in 10^9 operations a second
   * @param fractionOfPeak of what the core can do at most
   * @param candidates schedules measured for this workload
   * @param secondsLeft until all tuning ends, at the latest
   */
  void progress(
      String target,
      Workload workload,
      double gops,
      double fractionOfPeak,
      int candidates,
      long secondsLeft);
}
