package dev.offramp.cli;

import dev.offramp.client.ExperimentAdmin;
import dev.offramp.client.ExperimentAdmin.Cause;
import dev.offramp.client.InvalidRequestException;
import dev.offramp.client.NotFoundException;
import dev.offramp.client.OfframpException;
import dev.offramp.client.UnavailableException;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ApplyExperimentResponse;
import dev.offramp.v1.ApplyOutcome;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentStatus;
import dev.offramp.v1.GetExperimentResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code offramp experiment}: tiers compared on live traffic. */
@Command(
    name = "experiment",
    subcommands = SimulateCommand.class,
    description = {
      "Compares tiers on live traffic, and says how far such comparisons can be relied on.",
      "Changes need a server that keeps state: offramp serve --state DIR."
    },
    footer = {
      "",
      "Examples:",
      "  offramp experiment apply -f experiments.yaml --why \"try x3 on a tenth\"",
      "  offramp experiment start sst2-x3 --why \"reviewed\"",
      "  offramp experiment show sst2-x3"
    })
final class ExperimentCommand implements Runnable {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "localhost:7070",
      scope = ScopeType.INHERIT,
      description = "The server to ask.")
  private String server;

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

  /** What is done with a connection. */
  private interface Work {
    void with(ExperimentAdmin admin, PrintWriter out) throws IOException;
  }

  private int ask(Work work) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (ExperimentAdmin admin = Usage.of(spec, () -> ExperimentAdmin.connect(server))) {
      work.with(admin, out);
      out.flush();
    } catch (UnavailableException e) {
      throw new CommandFailedException(
          e.getMessage()
              + ". Start a server with: offramp serve ARTIFACT --state DIR, or name another with"
              + " --server.");
    }
    return 0;
  }

  @Command(
      name = "apply",
      description = {
        "Makes the server's experiments what a file says; those that it does not name stay.",
        "Where one of them is refused, nothing is changed.",
        "New ones are drafts until they are started."
      })
  int apply(
      @Option(
              names = {"-f", "--file"},
              paramLabel = "FILE",
              required = true,
              description = "YAML: a list experiments of offramp.v1.Experiment.")
          Path file,
      @Mixin CauseOptions cause)
      throws IOException {
    return apply(file, cause.cause(), false);
  }

  @Command(name = "diff", description = "Shows what apply would change, and changes nothing.")
  int diff(
      @Option(
              names = {"-f", "--file"},
              paramLabel = "FILE",
              required = true,
              description = "YAML: a list experiments of offramp.v1.Experiment.")
          Path file)
      throws IOException {
    return apply(file, new Cause(System.getProperty("user.name", "unknown"), "diff"), true);
  }

  private int apply(Path file, Cause cause, boolean dryRun) throws IOException {
    List<Experiment> experiments = ExperimentFile.read(file);
    return ask((admin, out) -> {
      if (!dryRun) { // All, before the first is changed.
        experiments.forEach(experiment -> apply(admin, experiment, cause, true));
      }
      for (Experiment experiment : experiments) {
        ApplyExperimentResponse applied = apply(admin, experiment, cause, dryRun);
        out.println(experiment.getName() + ": " + word(applied.getOutcome(), dryRun));
        if (applied.getOutcome() == ApplyOutcome.APPLY_OUTCOME_CHANGED) {
          ExperimentFile.differences(
                  applied.getBefore().getExperiment(), applied.getStatus().getExperiment())
              .forEach(line -> out.println("  " + line));
        }
        out.flush(); // What was done stays done if somebody else changed the next meanwhile.
      }
    });
  }

  /** Of many, which one is refused has to be said. */
  private static ApplyExperimentResponse apply(
      ExperimentAdmin admin, Experiment experiment, Cause cause, boolean dryRun) {
    try {
      return admin.apply(experiment, cause, dryRun);
    } catch (InvalidRequestException | NotFoundException e) {
      throw new CommandFailedException(experiment.getName() + ": " + e.getMessage());
    }
  }

  private static String word(ApplyOutcome outcome, boolean dryRun) {
    return (dryRun ? "would be " : "")
        + switch (outcome) {
          case APPLY_OUTCOME_CREATED -> "created";
          case APPLY_OUTCOME_CHANGED -> "changed";
          case APPLY_OUTCOME_UNCHANGED -> "unchanged";
          case APPLY_OUTCOME_UNSPECIFIED, UNRECOGNIZED -> "applied";
        };
  }

  @Command(name = "list", description = "Lists all experiments.")
  int list(@Mixin JsonFileOption json) throws IOException {
    return ask((admin, out) -> {
      List<ExperimentStatus> all = admin.list();
      out.print(ExperimentTables.list(all));
      json.write(Map.of("experiments", all.stream().map(ExperimentFile::json).toList()));
    });
  }

  @Command(
      name = "show",
      description = {
        "Shows one experiment, what was counted in it, and what that says.",
        "Intervals and verdicts hold at every look."
      })
  int show(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Mixin JsonFileOption json)
      throws IOException {
    return ask((admin, out) -> {
      GetExperimentResponse shown = admin.get(name);
      out.println(ExperimentTables.line(shown.getStatus()));
      if (shown.hasRamp()) {
        out.println(ExperimentTables.ramp(shown));
      }
      AnalyzeExperimentResponse analysis = admin.analyze(name);
      out.print(AnalysisTables.arms(analysis));
      out.print(AnalysisTables.disagreement(analysis));
      out.print(AnalysisTables.metrics(analysis));
      out.print(AnalysisTables.explained(analysis));
      String ratio = AnalysisTables.sampleRatio(analysis);
      if (!ratio.isEmpty()) {
        out.println(ratio);
      }
      analysis.getWarningsList().forEach(warning -> out.println("warning: " + warning));
      if (shown.getCrossedUnits() > 0) {
        out.println(shown.getCrossedUnits() + " units were in more than one arm");
      }
      json.write(ExperimentFile.json(shown, analysis));
    });
  }

  @Command(name = "start", description = "Lets a draft, or one that is paused, run.")
  int start(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Mixin CauseOptions cause)
      throws IOException {
    return ask(
        (admin, out) -> out.println(ExperimentTables.line(admin.start(name, cause.cause()))));
  }

  @Command(
      name = "pause",
      description = "Answers requests as asked for now; units keep their arms.")
  int pause(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Mixin CauseOptions cause)
      throws IOException {
    return ask(
        (admin, out) -> out.println(ExperimentTables.line(admin.pause(name, cause.cause()))));
  }

  @Command(name = "stop", description = "Ends it.")
  int stop(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Mixin CauseOptions cause)
      throws IOException {
    return ask((admin, out) -> out.println(ExperimentTables.line(admin.stop(name, cause.cause()))));
  }

  @Command(name = "kill", description = "Ends it at once, whatever its state and version.")
  int kill(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Mixin CauseOptions cause)
      throws IOException {
    return ask((admin, out) -> out.println(ExperimentTables.line(admin.kill(name, cause.cause()))));
  }

  @Command(
      name = "promote",
      description =
          "Ends it with a winner, which all its requests get until it is stopped; warns of what its counts do not settle.")
  int promote(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Parameters(paramLabel = "ARM", description = "The winner.") String arm,
      @Mixin CauseOptions cause)
      throws IOException {
    return ask((admin, out) -> {
      List<String> doubts = doubts(admin, name, arm);
      out.println(ExperimentTables.line(admin.promote(name, arm, cause.cause())));
      doubts.forEach(doubt -> out.println("warning: " + doubt));
    });
  }

  /**
   * Counts that cannot be read now keep nobody from deciding; what else is wrong, promoting says.
   */
  private static List<String> doubts(ExperimentAdmin admin, String name, String arm) {
    try {
      return PromotionDoubts.of(admin.analyze(name), arm);
    } catch (OfframpException e) {
      return List.of("what it found cannot be read now: " + e.getMessage());
    }
  }

  @Command(
      name = "stop-arm",
      description = {
        "Ends one arm, as a broken guardrail does: its units are answered as asked, uncounted.",
        "The others go on; with the last that can be compared the experiment ends."
      })
  int stopArm(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Parameters(paramLabel = "ARM", description = "Not the first one.") String arm,
      @Mixin CauseOptions cause)
      throws IOException {
    return ask((admin, out) ->
        out.println(ExperimentTables.line(admin.stopArm(name, arm, cause.cause()))));
  }

  @Command(
      name = "ramp",
      description = "Lets in more or fewer units; more moves nobody between arms.")
  int ramp(
      @Parameters(paramLabel = "NAME", description = "The experiment.") String name,
      @Parameters(
              paramLabel = "COVERAGE",
              showDefaultValue = Visibility.NEVER,
              description = "The share of units, 0 to 1.")
          double coverage,
      @Mixin CauseOptions cause)
      throws IOException {
    return ask((admin, out) ->
        out.println(ExperimentTables.line(admin.setCoverage(name, coverage, cause.cause()))));
  }

  @Command(name = "log", description = "Shows who changed what, and why; the newest first.")
  int log(
      @Parameters(
              arity = "0..1",
              paramLabel = "NAME",
              defaultValue = "",
              description = "The experiment; none: all.")
          String name,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "100",
              description = "At most so many.")
          int limit,
      @Mixin JsonFileOption json)
      throws IOException {
    return ask((admin, out) -> {
      var entries = admin.log(name, limit);
      out.print(ExperimentTables.log(entries));
      json.write(Map.of("entries", entries.stream().map(ExperimentFile::json).toList()));
    });
  }
}
