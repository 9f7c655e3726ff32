package dev.offramp.server.experiment.stats;

/** Several comparisons at once, such as of each arm with the first. */
public final class Bonferroni {
  private Bonferroni() {}

  /**
   * The level of each comparison so that all hold together but with probability {@code alpha},
   * however they depend on each other.
   */
  public static double each(double alpha, int comparisons) {
    if (comparisons < 1) {
      throw new IllegalArgumentException("comparisons: %d (expected: >= 1)".formatted(comparisons));
    }
    return Checked.alpha(alpha) / comparisons;
  }
}
