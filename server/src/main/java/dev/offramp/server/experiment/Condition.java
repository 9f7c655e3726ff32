package dev.offramp.server.experiment;

import java.util.Map;
import java.util.Set;

/**
 * What one entry of a request's metadata must be.
 *
 * @param values one of these
 * @param negated none of these instead; then a request without the entry passes
 */
public record Condition(String key, Set<String> values, boolean negated) {
  /** Copies and checks. */
  public Condition {
    Checks.text("key", key);
    values = Set.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException(
          "values of %s: none (expected: at least one)".formatted(key));
    }
  }

  /** Whether a request with this metadata passes. */
  public boolean passes(Map<String, String> metadata) {
    String value = metadata.get(key);
    return negated != (value != null && values.contains(value));
  }
}
