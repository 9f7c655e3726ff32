package dev.offramp.model.exit;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * The number that says how sure an exit is, computed from its logits {@code f} at a temperature
 * {@code T}.
 *
 * <p>Over logits as far apart or as large as floats go, all three stay in their range: every
 * exponent is taken of a difference to the largest logit, and {@code p log p} is 0 at 0. A logit
 * that is NaN or positive infinity makes the signal NaN, which {@linkplain #passes never passes}.
 *
 * <p>Threading: pure functions. Source: COSEE (arXiv 2412.13236), normalized energy; entropy and
 * label score as in DeeBERT and its successors.
 */
public enum ExitSignal {
  /**
   * Normalized energy, {@code 1 / (1 + (sum_c exp(f_c / T))^T)}, in (0, 1) up to rounding; small
   * when sure.
   */
  ENERGY {
    @Override
    double of(float[] logits, int from, int to, double temperature) {
      // (sum exp(f / T))^T = exp(max + T log sum exp((f - max) / T)): 0 and infinity are harmless.
      double max = max(logits, from, to);
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += Math.exp((logits[i] - max) / temperature);
      }
      return 1 / (1 + Math.exp(max + temperature * Math.log(sum)));
    }

    @Override
    public boolean passes(double value, double threshold) {
      return value < threshold;
    }
  },

  /** Normalized entropy of the softmax, in [0, 1]; small when sure. */
  ENTROPY {
    @Override
    double of(float[] logits, int from, int to, double temperature) {
      // With d = (f - max) / T and Z = sum exp(d): log Z - sum(exp(d) d) / Z, both parts >= 0.
      double max = max(logits, from, to);
      double sum = 0;
      double weighted = 0;
      for (int i = from; i < to; i++) {
        double difference = (logits[i] - max) / temperature;
        double power = Math.exp(difference);
        sum += power;
        weighted += power == 0 ? 0 : power * difference;
      }
      double entropy = Math.log(sum) - weighted / sum;
      return Math.clamp(entropy / Math.log(to - from), 0, 1);
    }

    @Override
    public boolean passes(double value, double threshold) {
      return value < threshold;
    }
  },

  /** Label score, the largest probability of the softmax, in [1/C, 1]; large when sure. */
  LABEL_SCORE {
    @Override
    double of(float[] logits, int from, int to, double temperature) {
      double max = max(logits, from, to);
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += Math.exp((logits[i] - max) / temperature);
      }
      return 1 / sum;
    }

    @Override
    public boolean passes(double value, double threshold) {
      return value > threshold;
    }

    @Override
    public String comparison() {
      return ">";
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
    return value(logits, 0, logits.length, temperature);
  }

  /**
   * The signal of the {@code classes} logits from index {@code from} on, at {@code temperature}.
   *
   * @param temperature what the logits are divided by first, {@code > 0} and finite
   * @throws IllegalArgumentException if there are fewer than 2 classes or the temperature is not
   *     one
   * @throws IndexOutOfBoundsException if the logits end before
   */
  public double value(float[] logits, int from, int classes, double temperature) {
    if (classes < 2) {
      throw new IllegalArgumentException("logits: " + classes + " (expected: at least 2)");
    }
    requireTemperature(temperature);
    Objects.checkFromIndexSize(from, classes, logits.length);
    return of(logits, from, from + classes, temperature);
  }

  abstract double of(float[] logits, int from, int to, double temperature);

  /**
   * Whether an exit whose signal is {@code value} is sure enough. The comparison is strict: a value
   * equal to the threshold stays, and NaN never passes.
   */
  public abstract boolean passes(double value, double threshold);

  /** How a value that passes lies to the threshold: {@code <}, or {@code >}. For people. */
  public String comparison() {
    return "<";
  }

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

  /** Refuses what is no temperature, with {@link IllegalArgumentException}. */
  public static void requireTemperature(double temperature) {
    if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "temperature: " + temperature + " (expected: > 0 and finite)");
    }
  }

  private static double max(float[] logits, int from, int to) {
    float max = logits[from];
    for (int i = from + 1; i < to; i++) {
      max = Math.max(max, logits[i]);
    }
    return max;
  }
}
