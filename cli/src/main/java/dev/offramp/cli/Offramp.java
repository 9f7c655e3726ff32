package dev.offramp.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code offramp} command.
 *
 * <p>Exit codes: 0 done, 1 failed for the reason printed, 2 wrong usage, 3 the launcher found no
 * JDK or could not build.
 */
@Command(
    name = "offramp",
    description =
        "Early-exit inference for text classifiers: train, calibrate, compile, serve, classify.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    showDefaultValues = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed, for the reason printed", "2:wrong usage"},
    subcommands = {
      DemoCommand.class,
      PretrainCommand.class,
      TrainCommand.class,
      StudyCommand.class,
      EvaluateCommand.class,
      CalibrateCommand.class,
      CompileCommand.class,
      TargetsCommand.class,
      ServeCommand.class,
      ExperimentCommand.class,
      ModelsCommand.class,
      ClassifyCommand.class,
      LoadCommand.class
    })
public final class Offramp implements Runnable {
  @Spec private CommandSpec spec;

  private Offramp() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] args) {
    routeLogs();
    System.exit(commandLine().execute(args));
  }

  /** Sends what gRPC logs to Log4j too; to be called before anything logs. */
  static void routeLogs() {
    System.setProperty("java.util.logging.manager", "org.apache.logging.log4j.jul.LogManager");
  }

  /** The command with all its subcommands, those of other modules included. */
  public static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Offramp());
    ServiceLoader.load(CommandModule.class).stream()
        .map(provider -> provider.get().command())
        .sorted(Comparator.comparing(command -> command.getClass().getName()))
        .forEach(commandLine::addSubcommand);
    return configured(commandLine);
  }

  /** Streams, values and failures as all of our commands treat them. */
  static CommandLine configured(CommandLine commandLine) {
    var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    return commandLine
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Usage::report)
        .setExecutionExceptionHandler(Failures::report);
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
    throw new ParameterException(spec.commandLine(), "which command? One of those above.");
  }
}
