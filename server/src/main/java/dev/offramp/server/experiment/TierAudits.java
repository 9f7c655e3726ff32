package dev.offramp.server.experiment;

/**
 * What audits found of a tier.
 *
 * @param audits texts that were run to full depth
 * @param disagreements those to which the tier gives another label than the full model
 */
public record TierAudits(long audits, long disagreements) {

  /** No audit yet. */
  public static final TierAudits NONE = new TierAudits(0, 0);

  /** Checks the counts. */
  public TierAudits {
    if (!(disagreements >= 0 && disagreements <= audits)) {
      throw new IllegalArgumentException(
          "disagreements: %d (expected: 0 to audits, %d)".formatted(disagreements, audits));
    }
  }

  /** One audit. */
  public static TierAudits of(boolean disagreed) {
    return new TierAudits(1, disagreed ? 1 : 0);
  }

  /** Both together. */
  public TierAudits plus(TierAudits other) {
    return new TierAudits(audits + other.audits, disagreements + other.disagreements);
  }
}
