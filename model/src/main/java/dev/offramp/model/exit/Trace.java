package dev.offramp.model.exit;

import java.util.Arrays;
import java.util.Optional;

/**
 * The logits of the exits that a text passed, from depth 1 on. Immutable.
 *
 * <p>A trace answers for every rule whose exit lies within it, which is what makes a cache entry
 * good for every bolder threshold and an evaluation good for the whole curve.
 *
 * <p>Shapes: {@code [depth, C]}.
 */
public final class Trace {
  private final int layers;
  private final int classes;
  private final float[] logits;

  private Trace(int layers, int classes, float[] logits) {
    this.layers = layers;
    this.classes = classes;
    this.logits = logits;
  }

  /**
   * A trace of the first {@code logits.length / classes} exits of a model.
   *
   * @param layers the model's layers {@code M}
   * @param classes its classes {@code C}
   * @param logits row-major {@code [depth, C]}, 1 to M rows; copied
   */
  public static Trace of(int layers, int classes, float[] logits) {
    if (classes > 1 && logits.length % classes != 0) {
      throw new IllegalArgumentException(
          "logits: " + logits.length + " (expected: a multiple of " + classes + " classes)");
    }
    return of(layers, classes, logits, classes < 1 ? 0 : logits.length / classes);
  }

  /** A trace of the first {@code depth} rows of {@code logits}, which may be longer; copied. */
  public static Trace of(int layers, int classes, float[] logits, int depth) {
    if (classes < 2 || depth < 1 || depth > layers || logits.length / classes < depth) {
      throw new IllegalArgumentException(
          "trace: "
              + depth
              + " exits of "
              + layers
              + ", "
              + classes
              + " classes, "
              + logits.length
              + " logits (expected: 1 to M exits of C >= 2 logits)");
    }
    return new Trace(layers, classes, Arrays.copyOf(logits, depth * classes));
  }

  /** The model's layers {@code M}. */
  public int layers() {
    return layers;
  }

  /** The model's classes {@code C}. */
  public int classes() {
    return classes;
  }

  /** How many exits are known. */
  public int depth() {
    return logits.length / classes;
  }

  /** A copy of the logits of the exit at {@code depth}, {@code [C]}. */
  public float[] logits(int depth) {
    int start = start(depth);
    return Arrays.copyOfRange(logits, start, start + classes);
  }

  /** The class with the largest logit at {@code depth}; the first one of equals. */
  public int label(int depth) {
    int start = start(depth);
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (logits[start + c] > logits[start + best]) {
        best = c;
      }
    }
    return best;
  }

  /** The softmax of the logits at {@code depth}, {@code [C]}. */
  public double[] probabilities(int depth) {
    int start = start(depth);
    double max = logits[start + label(depth)];
    double[] probabilities = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      probabilities[c] = Math.exp(logits[start + c] - max);
      sum += probabilities[c];
    }
    for (int c = 0; c < classes; c++) {
      probabilities[c] /= sum;
    }
    return probabilities;
  }

  /** The signal of the exit at {@code depth}. */
  public double signal(int depth, ExitSignal signal, double temperature) {
    return signal.value(logits, start(depth), classes, temperature);
  }

  /**
   * Where a text leaves by {@code rule}: the first internal exit at which it does, the last exit if
   * there is none, or empty if the trace ends before that is known.
   */
  public Optional<Exit> exit(ExitRule rule) {
    for (int depth = 1; depth <= depth(); depth++) {
      Optional<Exit> exit = exitAt(rule, depth);
      if (exit.isPresent()) {
        return exit;
      }
    }
    return Optional.empty();
  }

  /**
   * Whether a text that came to {@code depth} leaves there, and why: empty if it goes on.
   *
   * @throws IndexOutOfBoundsException if the trace ends before {@code depth}
   */
  public Optional<Exit> exitAt(ExitRule rule, int depth) {
    start(depth);
    if (depth == layers) {
      return Optional.of(new Exit(depth, Exit.Reason.LAST_EXIT));
    }
    return rule.leaves(this, depth)
        ? Optional.of(new Exit(depth, Exit.Reason.RULE))
        : Optional.empty();
  }

  /** The memory that a trace takes, about, in bytes. */
  public long bytes() {
    return 40 + 4L * logits.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Trace that
        && layers == that.layers
        && classes == that.classes
        && Arrays.equals(logits, that.logits);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * layers + classes) + Arrays.hashCode(logits);
  }

  @Override
  public String toString() {
    return "Trace[" + depth() + " of " + layers + ", " + Arrays.toString(logits) + "]";
  }

  /* Where the logits of the exit at depth start; refuses a depth that the trace does not reach. */
  private int start(int depth) {
    if (depth < 1 || depth > depth()) {
      throw new IndexOutOfBoundsException("depth: " + depth + " (expected: 1 to " + depth() + ")");
    }
    return (depth - 1) * classes;
  }
}
