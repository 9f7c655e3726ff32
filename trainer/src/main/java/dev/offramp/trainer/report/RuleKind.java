package dev.offramp.trainer.report;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import java.util.Locale;

/** A family of exit rules along which one number moves from safe to bold. */
public enum RuleKind {
  /** A threshold of the normalized energy. */
  ENERGY,
  /** A threshold of the normalized entropy. */
  ENTROPY,
  /** A threshold of the largest probability. */
  LABEL_SCORE,
  /** A number of exits in a row that agree. */
  PATIENCE;

  /** The rule at {@code value}: a threshold at temperature 1, or a patience. */
  public ExitRule rule(double value) {
    return switch (this) {
      case ENERGY -> new ExitRule.Threshold(ExitSignal.ENERGY, value);
      case ENTROPY -> new ExitRule.Threshold(ExitSignal.ENTROPY, value);
      case LABEL_SCORE -> new ExitRule.Threshold(ExitSignal.LABEL_SCORE, value);
      case PATIENCE -> new ExitRule.Patience((int) value);
    };
  }

  /** The name in files: {@code energy}, {@code entropy}, {@code label_score}, {@code patience}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name for people: {@code label score}. */
  public String words() {
    return id().replace('_', ' ');
  }
}
