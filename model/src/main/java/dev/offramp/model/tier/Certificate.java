package dev.offramp.model.tier;

import java.util.regex.Pattern;

/**
 * What a risk tier promises, and on what: with probability {@code 1 - delta} over the choice of the
 * calibration texts, the mean loss on texts like them is at most {@code eps}.
 *
 * <p>The promise is about texts drawn like those of the calibration file, about the loss's mean and
 * not about single texts, and about the checkpoint and the precision named here: {@link #covers}
 * says whether those are what is loaded.
 *
 * @param eps the greatest mean loss promised, above 0 and below 1
 * @param delta the greatest probability that the promise does not hold, above 0 and below 1
 * @param n calibration texts
 * @param loss what is counted, {@value #DISAGREEMENT}
 * @param upperBound the upper confidence bound of the loss, at most {@code eps}
 * @param textsSha256 SHA-256 of the calibration file
 * @param checkpointSha256 SHA-256 of the checkpoint, see {@code Checkpoint.sha256}
 * @param precision the arithmetic in which the texts were answered
 */
public record Certificate(
    double eps,
    double delta,
    int n,
    String loss,
    double upperBound,
    String textsSha256,
    String checkpointSha256,
    String precision) {

  /** The loss of a text whose label is not the full model's is 1, of any other 0. */
  public static final String DISAGREEMENT = "disagreement";

  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** Checks every part. */
  public Certificate {
    requireShare("eps", eps);
    requireShare("delta", delta);
    if (n < 1) {
      throw new IllegalArgumentException("n of a certificate: " + n + " (expected: >= 1)");
    }
    if (!loss.equals(DISAGREEMENT)) {
      throw new IllegalArgumentException(
          "loss of a certificate: '" + loss + "' (expected: '" + DISAGREEMENT + "')");
    }
    if (!(upperBound >= 0 && upperBound <= eps)) {
      throw new IllegalArgumentException(
          "upperBound of a certificate: " + upperBound + " (expected: 0 to its eps, " + eps + ")");
    }
    requireSha256("textsSha256", textsSha256);
    requireSha256("checkpointSha256", checkpointSha256);
    if (precision.isBlank()) {
      throw new IllegalArgumentException("precision of a certificate: empty (expected: its name)");
    }
  }

  /**
   * Whether the promise is about this checkpoint in this arithmetic.
   *
   * @param version the checkpoint's version or its whole SHA-256, of which the version is the start
   */
  public boolean covers(String version, String precision) {
    return checkpointSha256.startsWith(version) && this.precision.equals(precision);
  }

  private static void requireShare(String name, double value) {
    if (!(value > 0 && value < 1)) {
      throw new IllegalArgumentException(
          name + " of a certificate: " + value + " (expected: > 0 and < 1)");
    }
  }

  private static void requireSha256(String name, String value) {
    if (!SHA256.matcher(value).matches()) {
      throw new IllegalArgumentException(
          name + " of a certificate: '" + value + "' (expected: 64 hexadecimal digits)");
    }
  }
}
