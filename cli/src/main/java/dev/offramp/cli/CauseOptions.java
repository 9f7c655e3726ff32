package dev.offramp.cli;

import dev.offramp.client.ExperimentAdmin.Cause;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of every command that changes an experiment: what the audit log will say. */
final class CauseOptions {
  @Option(
      names = "--why",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for the audit log.")
  private String why;

  @Option(
      names = "--who",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = "Who, for the audit log (default: the user).")
  private String who = System.getProperty("user.name", "unknown");

  @Option(
      names = "--expect-version",
      paramLabel = "N",
      defaultValue = "0",
      showDefaultValue = Visibility.NEVER,
      description = "Change nothing unless it has this version (default: whichever it has).")
  private long expectedVersion;

  Cause cause() {
    return new Cause(who, why, expectedVersion);
  }
}
