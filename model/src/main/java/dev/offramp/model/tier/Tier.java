package dev.offramp.model.tier;

import dev.offramp.model.exit.ExitRule;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A named, calibrated exit rule.
 *
 * @param name what a request asks for: {@code full}, {@code x1.5}, {@code x2}, {@code risk0.01},
 *     ...
 * @param rule when a text leaves
 * @param layerSpeedup the layer speed-up measured when it was calibrated
 * @param agreement the share of calibration texts on which it said what the full model says
 * @param certificate what it promises, if it is a risk tier
 */
public record Tier(
    String name,
    ExitRule rule,
    double layerSpeedup,
    double agreement,
    Optional<Certificate> certificate) {
  /** The tier that every model has. */
  public static final String FULL = "full";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  /** Checks the name and the measures. */
  public Tier {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("tier: '" + name + "' (expected: " + NAME + ")");
    }
    if (name.equals(FULL) && !(rule instanceof ExitRule.FullDepth)) {
      throw new IllegalArgumentException(
          "rule of tier " + FULL + ": " + rule + " (expected: full depth)");
    }
    if (!(layerSpeedup >= 1 && layerSpeedup < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "layer speed-up of tier " + name + ": " + layerSpeedup + " (expected: >= 1)");
    }
    if (!(agreement >= 0 && agreement <= 1)) {
      throw new IllegalArgumentException(
          "agreement of tier " + name + ": " + agreement + " (expected: 0 to 1)");
    }
  }

  /** A tier without a promise. */
  public Tier(String name, ExitRule rule, double layerSpeedup, double agreement) {
    this(name, rule, layerSpeedup, agreement, Optional.empty());
  }

  /** The full model. */
  public static Tier full() {
    return new Tier(FULL, ExitRule.fullDepth(), 1, 1);
  }
}
