package dev.offramp.server.experiment.state;

import dev.offramp.server.Requirement;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs tests only where PostgreSQL's programs are installed, such as Debian's {@code postgresql};
 * with {@code OFFRAMP_REQUIRE_ALL=1} they fail without them.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresPostgres.Condition.class)
public @interface RequiresPostgres {

  /** Looks for the programs. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return Requirement.evaluate(
          context,
          PostgresServer.programs().isPresent(),
          "PostgreSQL (expected: initdb on the path or in /usr/lib/postgresql; Debian: apt-get install postgresql)");
    }
  }
}
