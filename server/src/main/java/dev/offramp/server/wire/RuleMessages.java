package dev.offramp.server.wire;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.v1.PatienceRule;
import dev.offramp.v1.Signal;
import dev.offramp.v1.ThresholdRule;
import java.util.Optional;

/** Exit rules and signals on the wire. */
public final class RuleMessages {

  /**
   * The rule of a message, checked against a model of this many classes.
   *
   * @throws Refusal if it makes no sense there
   */
  public static ExitRule read(dev.offramp.v1.ExitRule message, int classes) {
    ExitRule rule = read(message);
    try {
      rule.requireFits(classes);
      return rule;
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("exit_rule: " + e.getMessage());
    }
  }

  /**
   * The rule of a message, for whatever model.
   *
   * @throws Refusal if it makes no sense anywhere
   */
  public static ExitRule read(dev.offramp.v1.ExitRule message) {
    try {
      return switch (message.getKindCase()) {
        case THRESHOLD -> threshold(message.getThreshold());
        case PATIENCE -> patience(message.getPatience());
        case KIND_NOT_SET ->
            throw Refusal.invalid("exit_rule: empty (expected: threshold or patience)");
      };
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("exit_rule: " + e.getMessage());
    }
  }

  private static ExitRule threshold(ThresholdRule message) {
    if (!message.hasThreshold()) {
      throw Refusal.invalid("exit_rule: no threshold (expected: one in the signal's range)");
    }
    return new ExitRule.Threshold(
        signal(message.getSignal()),
        message.getThreshold(),
        message.hasTemperature() ? message.getTemperature() : ExitSignal.DEFAULT_TEMPERATURE);
  }

  /** An unsigned number beyond an int's range reads as negative, which the rule refuses. */
  private static ExitRule patience(PatienceRule message) {
    if (message.getPatience() < 0) {
      throw Refusal.invalid(
          "exit_rule: patience: "
              + Integer.toUnsignedString(message.getPatience())
              + " (expected: at most "
              + Integer.MAX_VALUE
              + ")");
    }
    return new ExitRule.Patience(message.getPatience());
  }

  private static ExitSignal signal(Signal signal) {
    return switch (signal) {
      case SIGNAL_ENERGY -> ExitSignal.ENERGY;
      case SIGNAL_ENTROPY -> ExitSignal.ENTROPY;
      case SIGNAL_LABEL_SCORE -> ExitSignal.LABEL_SCORE;
      case SIGNAL_UNSPECIFIED, UNRECOGNIZED ->
          throw Refusal.invalid(
              "exit_rule: no known signal (expected: energy, entropy or label score)");
    };
  }

  /** The message of a rule; none for the full model, which has no rule to tell. */
  public static Optional<dev.offramp.v1.ExitRule> write(ExitRule rule) {
    return switch (rule) {
      case ExitRule.Threshold(ExitSignal signal, double threshold, double temperature) ->
          Optional.of(
              dev.offramp.v1.ExitRule.newBuilder()
                  .setThreshold(
                      ThresholdRule.newBuilder()
                          .setSignal(write(signal))
                          .setThreshold(threshold)
                          .setTemperature(temperature))
                  .build());
      case ExitRule.Patience(int patience) ->
          Optional.of(
              dev.offramp.v1.ExitRule.newBuilder()
                  .setPatience(PatienceRule.newBuilder().setPatience(patience))
                  .build());
      case ExitRule.FullDepth() -> Optional.empty();
    };
  }

  /** The message of a signal. */
  public static Signal write(ExitSignal signal) {
    return switch (signal) {
      case ENERGY -> Signal.SIGNAL_ENERGY;
      case ENTROPY -> Signal.SIGNAL_ENTROPY;
      case LABEL_SCORE -> Signal.SIGNAL_LABEL_SCORE;
    };
  }

  private RuleMessages() {}
}
