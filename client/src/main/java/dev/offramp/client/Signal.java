package dev.offramp.client;

/** How sure an exit is, as one number computed from its logits. */
public enum Signal {
  /** Normalized energy, within (0, 1): a text leaves when it is below the threshold. */
  ENERGY,
  /** Normalized entropy, within [0, 1]: a text leaves when it is below the threshold. */
  ENTROPY,
  /**
   * The largest probability, within [1/labels, 1]: a text leaves when it is above the threshold.
   */
  LABEL_SCORE
}
