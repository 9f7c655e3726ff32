package dev.offramp.server;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What some tests need of the machine: where it is missing they are skipped, loudly. */
public final class Requirement {

  private Requirement() {}

  /**
   * Whether tests can run.
   *
   * @param found whether the machine has it
   * @param what it is, and how to get it
   * @throws IllegalStateException if it is missing and {@code OFFRAMP_REQUIRE_ALL=1}
   */
  public static ConditionEvaluationResult evaluate(
      ExtensionContext context, boolean found, String what) {
    if (found) {
      return ConditionEvaluationResult.enabled("this machine has " + what);
    }
    String note = context.getDisplayName() + " needs " + what;
    if ("1".equals(System.getenv("OFFRAMP_REQUIRE_ALL"))) {
      throw new IllegalStateException(note + ", and OFFRAMP_REQUIRE_ALL=1 forbids to skip it");
    }
    System.err.println("SKIPPED: " + note);
    return ConditionEvaluationResult.disabled(note);
  }
}
