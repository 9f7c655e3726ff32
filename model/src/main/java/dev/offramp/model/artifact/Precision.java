package dev.offramp.model.artifact;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;

/** The numbers that a target multiplies. Sums, and all that is not a product, stay float32. */
public enum Precision {
  FLOAT32("float32"),
  BF16("bf16"),
  /** Weights scaled for each output channel, activations for each token; exact integer sums. */
  INT8("int8"),
  /** GPUs only. */
  FLOAT16("float16");

  private final String id;

  Precision(String id) {
    this.id = id;
  }

  /** The name in manifests and on the command line. */
  @JsonValue
  public String id() {
    return id;
  }

  /** The precision of that name. */
  @JsonCreator
  public static Precision ofId(String id) {
    return Arrays.stream(values())
        .filter(precision -> precision.id.equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "precision: %s (expected: one of %s)"
                    .formatted(id, Arrays.stream(values()).map(Precision::id).toList())));
  }

  @Override
  public String toString() {
    return id;
  }
}
