package dev.offramp.trainer;

/**
 * Numbers that follow from a counter alone.
 *
 * <p>Threading: pure functions. Source: Steele, Lea and Flood, 2014, with Stafford's variant 13 of
 * the finalizer.
 */
final class SplitMix64 {
  /**
   * What one draw is from the next, before {@link #mixed}: 2^64 over the golden ratio, made odd.
   */
  static final long STEP = 0x9e3779b97f4a7c15L;

  private SplitMix64() {}

  /** Spreads a counter over 64 bits. */
  static long mixed(long counter) {
    long z = counter;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
