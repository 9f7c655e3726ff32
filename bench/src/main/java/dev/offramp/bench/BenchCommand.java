package dev.offramp.bench;

import dev.offramp.bench.kernels.KernelsCommand;
import dev.offramp.bench.serving.EngineCommand;
import dev.offramp.bench.serving.ServerCommand;
import dev.offramp.bench.serving.SoakCommand;
import dev.offramp.bench.training.TrainCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp bench}: comparisons that anyone can rerun. */
@Command(
    name = "bench",
    description = "Measures Offramp on this machine, and compares it with its peers.",
    subcommands = {
      EngineCommand.class,
      KernelsCommand.class,
      PeersCommand.class,
      ServerCommand.class,
      SoakCommand.class,
      TrainCommand.class
    })
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
    throw new ParameterException(spec.commandLine(), "which benchmark? One of those above.");
  }
}
