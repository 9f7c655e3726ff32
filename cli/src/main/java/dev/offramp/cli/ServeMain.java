package dev.offramp.cli;

import picocli.CommandLine;

/**
 * {@code offramp serve} alone, as a container image starts it: with no other command, neither the
 * trainer nor the compiler has to be on the class path.
 */
public final class ServeMain {
  private ServeMain() {}

  /** Serves, and exits with the command's code. */
  public static void main(String[] args) {
    Offramp.routeLogs();
    System.exit(commandLine().execute(args));
  }

  /** The command, with the options that {@code offramp} gives all of its commands. */
  public static CommandLine commandLine() {
    CommandLine serve = new CommandLine(new ServeCommand());
    serve
        .getCommandSpec()
        .mixinStandardHelpOptions(true)
        .versionProvider(new Version())
        .usageMessage()
        .autoWidth(true)
        .showDefaultValues(true)
        .sortOptions(false);
    return Offramp.configured(serve);
  }
}
