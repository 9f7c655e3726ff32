package dev.offramp.trainer;

import java.math.BigDecimal;

/** A calibration file too small for the promise asked of it; the message says how many it needs. */
public final class TooFewTextsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int needed;

  TooFewTextsException(int texts, int needed, double eps, double delta) {
    super(
        ("texts: %,d (expected: >= %,d for risk %s at delta %s, even if no text disagrees). Calibrate"
                + " on more texts, or allow more risk.")
            .formatted(texts, needed, plain(eps), plain(delta)));
    this.needed = needed;
  }

  /** For tiers of a speed-up. */
  TooFewTextsException(int texts, int needed) {
    super(
        "texts: %,d (expected: >= %,d: fewer tell nothing of a threshold's speed-up). Calibrate on more texts."
            .formatted(texts, needed));
    this.needed = needed;
  }

  /** The least number of texts that can do. */
  public int needed() {
    return needed;
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
