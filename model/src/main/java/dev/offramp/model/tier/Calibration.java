package dev.offramp.model.tier;

/**
 * What tiers were calibrated on.
 *
 * @param texts how many
 * @param textsSha256 SHA-256 of the file that held them
 * @param checkpointVersion the checkpoint that answered, see {@code Checkpoint.version}
 * @param precision the arithmetic it answered in
 */
public record Calibration(
    int texts, String textsSha256, String checkpointVersion, String precision) {

  /** Checks that there were texts. */
  public Calibration {
    if (texts < 1) {
      throw new IllegalArgumentException("texts of a calibration: " + texts + " (expected: >= 1)");
    }
  }
}
