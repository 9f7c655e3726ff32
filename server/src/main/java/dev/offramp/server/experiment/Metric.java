package dev.offramp.server.experiment;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

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

  /** The median of these: {@value}. */
  public static final String LATENCY_P50 = MEASURED + "latency_p50_ms";

  /** What a hundredth of these passes: {@value}. */
  public static final String LATENCY_P99 = MEASURED + "latency_p99_ms";

  /** Layers executed: {@value}. */
  public static final String EXIT_DEPTH = MEASURED + "exit_depth";

  /** The share of audited requests whose label is not the full model's: {@value}. */
  public static final String DISAGREEMENT = MEASURED + "disagreement";

  /** All that the server measures, of which less is better. */
  public static final List<String> ALL_MEASURED =
      List.of(LATENCY, LATENCY_P50, LATENCY_P99, EXIT_DEPTH, DISAGREEMENT);

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
    if (name.startsWith(MEASURED) && !ALL_MEASURED.contains(name)) {
      throw new IllegalArgumentException(
          "name: '%s' (expected: %s, or a name of yours, which begins otherwise)"
              .formatted(name, String.join(", ", ALL_MEASURED)));
    }
    if (bounds.isPresent() && (quantile(name).isPresent() || name.equals(DISAGREEMENT))) {
      throw new IllegalArgumentException(
          "min, max: %s, %s (expected: none for %s, whose intervals need no bounds)"
              .formatted(bounds.get().min(), bounds.get().max(), name));
    }
    if (!(margin >= 0 && Double.isFinite(margin))) {
      throw new IllegalArgumentException("margin: %s (expected: >= 0)".formatted(margin));
    }
  }

  /** Which quantile of what requests take a metric is; empty if it is a mean. */
  public static OptionalDouble quantile(String name) {
    return switch (name) {
      case LATENCY_P50 -> OptionalDouble.of(0.5);
      case LATENCY_P99 -> OptionalDouble.of(0.99);
      default -> OptionalDouble.empty();
    };
  }
}
