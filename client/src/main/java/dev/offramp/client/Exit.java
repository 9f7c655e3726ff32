package dev.offramp.client;

/**
 * Where on the speed-accuracy curve a text is to be answered: a {@linkplain Tier tier} of the
 * model, or an explicit rule.
 */
public sealed interface Exit permits Tier, Exit.Threshold, Exit.Patience {

  /** Leaves once the signal passes the threshold, at temperature 1. */
  static Threshold when(Signal signal, double threshold) {
    return new Threshold(signal, threshold, 1);
  }

  /**
   * Leaves once the label stayed the same over this many exits after the one that first said it.
   */
  static Patience patience(int agreements) {
    return new Patience(agreements);
  }

  /**
   * Leaves at the first exit whose signal passes the threshold, strictly.
   *
   * @param threshold within the signal's range, which the server checks
   * @param temperature divides the logits before the signal is computed
   */
  record Threshold(Signal signal, double threshold, double temperature) implements Exit {}

  /**
   * Leaves once the label stayed the same over enough exits.
   *
   * @param agreements at least 1
   */
  record Patience(int agreements) implements Exit {
    public Patience {
      if (agreements < 1) {
        throw new IllegalArgumentException("agreements: " + agreements + " (expected: >= 1)");
      }
    }
  }
}
