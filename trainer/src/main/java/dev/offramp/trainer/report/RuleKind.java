package dev.offramp.trainer.report;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import java.util.Locale;
import java.util.Optional;

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

  /** The family of a signal's thresholds. */
  public static RuleKind of(ExitSignal signal) {
    return switch (signal) {
      case ENERGY -> ENERGY;
      case ENTROPY -> ENTROPY;
      case LABEL_SCORE -> LABEL_SCORE;
    };
  }

  /** The signal of which there are thresholds; patience has none. */
  public Optional<ExitSignal> signal() {
    return switch (this) {
      case ENERGY -> Optional.of(ExitSignal.ENERGY);
      case ENTROPY -> Optional.of(ExitSignal.ENTROPY);
      case LABEL_SCORE -> Optional.of(ExitSignal.LABEL_SCORE);
      case PATIENCE -> Optional.empty();
    };
  }

  /**
   * The rule at a value.
   *
   * @param value a threshold, or a patience
   * @param temperature the signal's
   */
  public ExitRule rule(double value, double temperature) {
    return signal()
        .<ExitRule>map(signal -> new ExitRule.Threshold(signal, value, temperature))
        .orElseGet(() -> new ExitRule.Patience((int) value));
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
