package dev.offramp.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp bench}: comparisons that anyone can rerun. */
@Command(
    name = "bench",
    description = "Compares Offramp with its peers on this machine.",
    subcommands = PeersCommand.class)
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
    throw new ParameterException(spec.commandLine(), "which comparison? One of those above.");
  }
}
