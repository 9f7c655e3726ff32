package dev.offramp.server;

import java.io.File;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs tests only where Chromium and its driver are installed, such as Debian's {@code chromium}
 * and {@code chromium-driver}; with {@code OFFRAMP_REQUIRE_ALL=1} they fail without them.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresChromium.Condition.class)
@interface RequiresChromium {

  /** Looks for the programs. */
  final class Condition implements ExecutionCondition {

    /** A program on the path. */
    static Optional<Path> find(String program) {
      return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
          .map(folder -> Path.of(folder, program))
          .filter(Files::isExecutable)
          .findFirst();
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return Requirement.evaluate(
          context,
          find("chromium").isPresent() && find("chromedriver").isPresent(),
          "chromium and chromedriver (expected: on the path; Debian: apt-get install chromium chromium-driver)");
    }
  }
}
