package dev.offramp.server.experiment;

import java.util.Optional;

/**
 * A number that is compared between arms.
 *
 * @param name what outcomes call it, or one of those that the server measures
 * @param better which way is good
 * @param bounds what a value can be, where that is known
 * @param margin what does not matter yet, {@code >= 0}; of a guardrail the harm that is borne
 */
public record Metric(String name, Better better, Optional<Bounds> bounds, double margin) {

  /** What the names of metrics that the server measures begin with: {@value}. */
  public static final String MEASURED = "offramp.";

  /** From a request's arrival to its answer, in milliseconds: {@value}. */
  public static final String LATENCY = MEASURED + "latency_ms";

  /** Layers executed: {@value}. */
  public static final String EXIT_DEPTH = MEASURED + "exit_depth";

  /** Which way of a metric is good. */
  public enum Better {
    HIGHER,
    LOWER
  }

  /**
   * The least and the most that a value can be.
   *
   * @param max above {@code min}; both finite
   */
  public record Bounds(double min, double max) {
    /** Checks the order. */
    public Bounds {
      if (!(Double.isFinite(min) && Double.isFinite(max) && min < max)) {
        throw new IllegalArgumentException(
            "min, max: %s, %s (expected: finite, min below max)".formatted(min, max));
      }
    }

    /** Whether a value can be. */
    public boolean contain(double value) {
      return value >= min && value <= max;
    }
  }

  /** Checks. */
  public Metric {
    Checks.text("name", name);
    if (name.startsWith(MEASURED) && !name.equals(LATENCY) && !name.equals(EXIT_DEPTH)) {
      throw new IllegalArgumentException(
          "name: '%s' (expected: %s, %s, or a name of yours, which begins otherwise)"
              .formatted(name, LATENCY, EXIT_DEPTH));
    }
    if (!(margin >= 0 && Double.isFinite(margin))) {
      throw new IllegalArgumentException("margin: %s (expected: >= 0)".formatted(margin));
    }
  }
}
