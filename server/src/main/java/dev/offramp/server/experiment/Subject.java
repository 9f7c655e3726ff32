package dev.offramp.server.experiment;

import java.util.Map;

/**
 * What experiments see of a request.
 *
 * @param unit empty where it has none
 * @param requestId its own, or one that was made for it
 */
public record Subject(String unit, String requestId, Map<String, String> metadata) {

  private static final int MAX_METADATA = 32;

  /**
   * Checks the texts.
   *
   * @throws IllegalArgumentException which names the field
   */
  public Subject {
    if (!unit.isEmpty()) {
      Checks.text("unit", unit);
    }
    Checks.text("request_id", requestId);
    if (metadata.size() > MAX_METADATA) {
      throw new IllegalArgumentException(
          "metadata: %d entries (expected: at most %d)".formatted(metadata.size(), MAX_METADATA));
    }
    metadata.forEach((key, value) -> {
      Checks.text("metadata", key);
      if (!value.isEmpty()) {
        Checks.text("metadata", value);
      }
    });
  }

  /** What an experiment that splits these splits it by; empty where it has none. */
  String of(UnitKind kind) {
    return switch (kind) {
      case UNIT -> unit;
      case REQUEST -> requestId;
    };
  }
}
