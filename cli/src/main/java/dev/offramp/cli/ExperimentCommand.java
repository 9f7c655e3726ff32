package dev.offramp.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp experiment}: tiers compared on live traffic. */
@Command(
    name = "experiment",
    description =
        "Compares tiers on live traffic, and says how far such comparisons can be relied on.",
    subcommands = SimulateCommand.class)
final class ExperimentCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "experiment: what to do is missing (expected: %s)"
            .formatted(
                String.join(
                    ", ",
                    spec.subcommands().keySet().stream()
                        .filter(name -> !name.equals("help"))
                        .toList())));
  }
}
