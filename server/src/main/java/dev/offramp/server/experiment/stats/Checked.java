package dev.offramp.server.experiment.stats;

/** Refuses numbers that mean nothing here, with what, value, and what was expected. */
final class Checked {
  private Checked() {}

  /** An error probability: above 0 and below 1. */
  static double alpha(double alpha) {
    if (!(alpha > 0 && alpha < 1)) {
      throw new IllegalArgumentException("alpha: %s (expected: > 0 and < 1)".formatted(alpha));
    }
    return alpha;
  }

  static double finite(String what, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "%s: %s (expected: a finite number)".formatted(what, value));
    }
    return value;
  }

  static long count(String what, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("%s: %d (expected: >= 0)".formatted(what, value));
    }
    return value;
  }

  static double notNegative(String what, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "%s: %s (expected: a finite number >= 0)".formatted(what, value));
    }
    return value;
  }
}
