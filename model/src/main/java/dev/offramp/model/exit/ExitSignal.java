package dev.offramp.model.exit;

import java.util.Arrays;
import java.util.Locale;

/**
 * The number that says how sure an exit is, computed from its logits {@code f} at a temperature
 * {@code T}.
 *
 * <p>All three are stable: the log-sum-exp is shifted by its maximum, and {@code p log p} is 0 at
 * 0.
 *
 * <p>Threading: pure functions. Source: COSEE (arXiv 2412.13236), normalized energy; entropy and
 * label score as in DeeBERT and its successors.
 */
public enum ExitSignal {
  /** Normalized energy, {@code 1 / (1 + (sum_c exp(f_c / T))^T)}, in (0, 1); small when sure. */
  ENERGY {
    @Override
    double ofScaled(double[] scaled, double temperature) {
      // 1 / (1 + exp(T lse)), which saturates at 0 and 1 where exp does and is never NaN.
      return 1 / (1 + Math.exp(temperature * logSumExp(scaled)));
    }

    @Override
    public boolean passes(double value, double threshold) {
      return value < threshold;
    }
  },

  /** Normalized entropy of the softmax, in [0, 1]; small when sure. */
  ENTROPY {
    @Override
    double ofScaled(double[] scaled, double temperature) {
      double lse = logSumExp(scaled);
      double entropy = 0;
      for (double f : scaled) {
        double logP = f - lse;
        double p = Math.exp(logP);
        entropy -= p == 0 ? 0 : p * logP;
      }
      return Math.clamp(entropy / Math.log(scaled.length), 0, 1);
    }

    @Override
    public boolean passes(double value, double threshold) {
      return value < threshold;
    }
  },

  /** Label score, the largest probability of the softmax, in [1/C, 1]; large when sure. */
  LABEL_SCORE {
    @Override
    double ofScaled(double[] scaled, double temperature) {
      return Math.exp(max(scaled) - logSumExp(scaled));
    }

    @Override
    public boolean passes(double value, double threshold) {
      return value > threshold;
    }

    @Override
    public double least(int classes) {
      return 1.0 / classes;
    }
  };

  /** The temperature that changes nothing. */
  public static final double DEFAULT_TEMPERATURE = 1;

  /** The signal of {@code logits} {@code [C]} at {@code temperature}. */
  public double value(float[] logits, double temperature) {
    if (logits.length < 2) {
      throw new IllegalArgumentException("logits: " + logits.length + " (expected: at least 2)");
    }
    double[] scaled = new double[logits.length];
    for (int c = 0; c < scaled.length; c++) {
      scaled[c] = logits[c] / temperature;
    }
    return ofScaled(scaled, temperature);
  }

  abstract double ofScaled(double[] scaled, double temperature);

  /**
   * Whether an exit whose signal is {@code value} is sure enough. The comparison is strict: a value
   * equal to the threshold stays, and NaN never passes.
   */
  public abstract boolean passes(double value, double threshold);

  /** The least value the signal can take over {@code classes} classes. */
  public double least(int classes) {
    return 0;
  }

  /** The greatest value the signal can take. */
  public double greatest() {
    return 1;
  }

  /**
   * Checks that {@code threshold} lies in the signal's range, ends included.
   *
   * @throws IllegalArgumentException if it does not, or is NaN
   */
  public void requireInRange(double threshold, int classes) {
    if (!(threshold >= least(classes) && threshold <= greatest())) {
      throw new IllegalArgumentException(
          "threshold: "
              + threshold
              + " (expected: "
              + least(classes)
              + " to "
              + greatest()
              + ", the range of "
              + id()
              + " over "
              + classes
              + " classes)");
    }
  }

  /** The name in files and on the wire: {@code energy}, {@code entropy}, {@code label_score}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The signal called {@code id}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ExitSignal of(String id) {
    return Arrays.stream(values())
        .filter(signal -> signal.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "signal: '"
                    + id
                    + "' (expected: one of "
                    + Arrays.stream(values()).map(ExitSignal::id).toList()
                    + ")"));
  }

  private static double logSumExp(double[] values) {
    double max = max(values);
    double sum = 0;
    for (double value : values) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }

  private static double max(double[] values) {
    double max = values[0];
    for (double value : values) {
      max = Math.max(max, value);
    }
    return max;
  }
}
