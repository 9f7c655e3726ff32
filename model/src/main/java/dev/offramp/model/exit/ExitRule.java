package dev.offramp.model.exit;

/**
 * When a text leaves: the point on the accuracy-speed curve that a request asks for.
 *
 * <p>Every rule leaves at the last exit at the latest, so a rule speaks only of internal exits.
 * Rules look at nothing but the trace, so that a recorded trace answers for every rule.
 */
public sealed interface ExitRule {

  /**
   * Whether a text leaves at {@code depth}, knowing its exits up to there.
   *
   * @param trace the exits passed; at least {@code depth} of them
   * @param depth an internal exit, 1 to M - 1
   */
  boolean leaves(Trace trace, int depth);

  /**
   * Checks the rule against a model of {@code classes} classes.
   *
   * @throws IllegalArgumentException if it makes no sense there
   */
  default void requireFits(int classes) {}

  /**
   * Leaves at the first exit whose signal passes one threshold, shared by all exits.
   *
   * @param signal what is compared
   * @param threshold what it is compared with, strictly
   * @param temperature what the logits are divided by first, {@code > 0}
   */
  record Threshold(ExitSignal signal, double threshold, double temperature) implements ExitRule {
    /** Checks what does not depend on the model; {@link #requireFits} checks the rest. */
    public Threshold {
      if (Double.isNaN(threshold)) {
        throw new IllegalArgumentException("threshold: NaN (expected: a number)");
      }
      ExitSignal.requireTemperature(temperature);
    }

    /** A threshold at temperature 1. */
    public Threshold(ExitSignal signal, double threshold) {
      this(signal, threshold, ExitSignal.DEFAULT_TEMPERATURE);
    }

    @Override
    public boolean leaves(Trace trace, int depth) {
      return signal.passes(trace.signal(depth, signal, temperature), threshold);
    }

    @Override
    public void requireFits(int classes) {
      signal.requireInRange(threshold, classes);
    }
  }

  /**
   * Leaves once the predicted label has stayed the same over {@code patience} exits after the one
   * that first said it, so at depth {@code patience + 1} at the earliest (PABEE, NeurIPS 2020).
   *
   * @param patience agreements in a row, at least 1
   */
  record Patience(int patience) implements ExitRule {
    /** Checks the number. */
    public Patience {
      if (patience < 1) {
        throw new IllegalArgumentException("patience: " + patience + " (expected: >= 1)");
      }
    }

    @Override
    public boolean leaves(Trace trace, int depth) {
      if (depth <= patience) {
        return false;
      }
      int label = trace.label(depth);
      for (int earlier = depth - patience; earlier < depth; earlier++) {
        if (trace.label(earlier) != label) {
          return false;
        }
      }
      return true;
    }
  }

  /** Never leaves early: the full model. */
  record FullDepth() implements ExitRule {
    @Override
    public boolean leaves(Trace trace, int depth) {
      return false;
    }
  }

  /** The rule of the full model. */
  static ExitRule fullDepth() {
    return new FullDepth();
  }
}
