package dev.offramp.model.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Looks where OpenCL's loader looks for drivers. */
final class OpenClCondition implements ExecutionCondition {
  private static final Path DRIVERS = Path.of("/etc/OpenCL/vendors");

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (installed()) {
      return ConditionEvaluationResult.enabled("an OpenCL driver is listed in " + DRIVERS);
    }
    String note =
        "%s needs an OpenCL driver (expected: one listed in %s; Debian: apt-get install pocl-opencl-icd)"
            .formatted(context.getDisplayName(), DRIVERS);
    if ("1".equals(System.getenv("OFFRAMP_REQUIRE_ALL"))) {
      throw new IllegalStateException(note + ", and OFFRAMP_REQUIRE_ALL=1 forbids to skip it");
    }
    System.err.println("SKIPPED: " + note);
    return ConditionEvaluationResult.disabled(note);
  }

  private static boolean installed() {
    if (!Files.isDirectory(DRIVERS)) {
      return false;
    }
    try (var files = Files.list(DRIVERS)) {
      return files.anyMatch(file -> file.toString().endsWith(".icd"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
