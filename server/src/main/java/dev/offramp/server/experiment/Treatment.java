package dev.offramp.server.experiment;

import dev.offramp.model.exit.ExitRule;

/** How an arm answers. */
public sealed interface Treatment {

  /** By a tier of the model, whatever the request named. */
  record ByTier(String tier) implements Treatment {
    /** Checks that there is a name. */
    public ByTier {
      Checks.text("tier", tier);
    }
  }

  /** By a rule, whatever the request named. */
  record ByRule(ExitRule rule) implements Treatment {}

  /**
   * By a version of the model, at the tier that the request named.
   *
   * @param version a version, or {@code @} and a label
   */
  record ByVersion(String version) implements Treatment {
    /** Checks that there is a name. */
    public ByVersion {
      Checks.text("model_version", version);
    }
  }
}
