package dev.offramp.server.audit;

import dev.offramp.model.io.DurationText;
import dev.offramp.server.engine.EngineSettings;
import java.time.Duration;

/**
 * Which requests are audited.
 *
 * @param share of answered requests, 0 to 1; 0 turns audits off
 * @param maxWait the predicted wait from which on an audit is dropped
 * @param mostTokens of a model's audits that are under way, from which on others are dropped
 * @param timeLimit how long one may take before it is dropped, waiting included
 */
public record AuditSettings(double share, Duration maxWait, long mostTokens, Duration timeLimit) {

  /** One of a hundred. */
  public static final double DEFAULT_SHARE = 0.01;

  /* A pass of audits on a slow core whose callers leave it a hundredth of its time takes minutes. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(15);

  /** Checks. */
  public AuditSettings {
    requireShare(share);
    if (maxWait.isNegative() || timeLimit.isNegative()) {
      throw new IllegalArgumentException(
          "max wait, time limit: %s, %s (expected: >= 0)"
              .formatted(DurationText.format(maxWait), DurationText.format(timeLimit)));
    }
    if (mostTokens < 1) {
      throw new IllegalArgumentException(
          "most tokens of audits: " + mostTokens + " (expected: >= 1)");
    }
  }

  /**
   * Those of a server: a batch of audits a worker and model.
   *
   * @param softWait from which wait on it thinks itself short of time; below half of that it is
   *     calm
   */
  public static AuditSettings of(double share, Duration softWait, EngineSettings engine) {
    long batches = (long) engine.workers() * engine.batch().tokens();
    return new AuditSettings(share, softWait.dividedBy(2), batches, TIME_LIMIT);
  }

  /**
   * Checks a share.
   *
   * @throws IllegalArgumentException which names the value
   */
  public static void requireShare(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("audit share: " + share + " (expected: 0 to 1)");
    }
  }
}
