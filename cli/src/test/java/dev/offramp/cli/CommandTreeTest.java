package dev.offramp.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.ServerSettings;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.registry.Rollout;
import dev.offramp.trainer.TrainerSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What holds of every command, however deep in the tree. */
final class CommandTreeTest {
  private final CommandLine offramp = Offramp.commandLine();

  @Test
  void everyCommand_hasHelpAndDescriptions() {
    for (CommandLine command : commands(offramp)) {
      assertThat(command.getCommandSpec().usageMessage().description())
          .as(command.getCommandName())
          .isNotEmpty();
      assertThat(command.getCommandSpec().optionsMap()).containsKey("--help");
      for (OptionSpec option : command.getCommandSpec().options()) {
        assertThat(option.description())
            .as("%s %s", command.getCommandName(), option.longestName())
            .isNotEmpty();
      }
    }
  }

  @Test
  void mainCommands_areThere() {
    assertThat(offramp.getSubcommands().keySet())
        .contains(
            "demo",
            "train",
            "evaluate",
            "calibrate",
            "compile",
            "serve",
            "models",
            "experiment",
            "classify",
            "load");
  }

  @Test
  void help_exitsWithZero_andUsageErrorsWithTwo() {
    assertThat(execute("--help")).isZero();
    assertThat(execute("train", "--help")).isZero();
    assertThat(execute()).isEqualTo(2);
    assertThat(execute("nonsense")).isEqualTo(2);
    assertThat(execute("train")).isEqualTo(2);
    assertThat(execute("classify", "--tier", "x2", "--patience", "3", "text")).isEqualTo(2);
  }

  @Test
  void badOptionValues_areWrongUsage_namedInOneLine() {
    assertThat(usageError("serve", "a.offramp", "--port", "99999")).contains("port: 99999");
    assertThat(usageError("serve", "a.offramp", "--workers", "0")).contains("workers: 0");
    assertThat(usageError("serve", "a.offramp", "--batch-tokens", "0")).contains("0 tokens");
    assertThat(usageError("serve")).contains("artifacts: []", "a directory to watch");
    assertThat(usageError("serve", "--watch", "a", "--watch-interval", "0s"))
        .contains("watch interval: 0s");
    assertThat(usageError("models")).contains("list", "load", "unload", "label", "unlabel");
    assertThat(usageError("models", "label", "sst2")).contains("VERSION");
    assertThat(usageError("experiment")).contains("simulate");
    assertThat(usageError("experiment", "simulate", "--runs", "0")).contains("--runs: 0");
    assertThat(usageError("experiment", "simulate", "--looks", "0")).contains("--looks: 0");
    assertThat(usageError("compile", "a", "--out", "b", "--target", "bogus"))
        .contains("target: bogus", "native", "znver4", "opencl");
    assertThat(
            usageError(
                "compile", "a", "--out", "b", "--target", "znver4", "--precision", "float16"))
        .contains("float16 needs target opencl");
    assertThat(
            usageError("compile", "a", "--out", "b", "--target", "opencl", "--precision", "bf16"))
        .contains("expected: one of [float32, float16]");
    assertThat(usageError("classify", "--patience", "0", "text")).contains("0");
    assertThat(usageError("classify", "--deadline", "0s", "text")).contains("deadline");
    assertThat(usageError("train", "--data", "a", "--out", "b", "--layers", "0"))
        .contains("layers: 0");
    assertThat(usageError("calibrate", "a", "--data", "b", "--speedups", "NaN")).contains("NaN");
    assertThat(usageError("evaluate", "a", "--data", "b", "--speedups", "0.5"))
        .contains("--speedups: 0.5 (expected: > 1)");
    assertThat(usageError("evaluate", "a", "./a", "--data", "b"))
        .contains("[a, ./a] (expected: each once)");
    assertThat(usageError("evaluate", "--from-traces", "a", "--compare", "b"))
        .contains("--compare: b (expected: with CHECKPOINT)");
    assertThat(usageError("compile", "a", "--out", "b", "--name", "a b"))
        .contains("name: 'a b'", "without spaces");
    assertThat(usageError("serve", "a", "--model-root", "no/such"))
        .contains("--model-root: no/such: no such directory");
    assertThat(usageError("demo", "--rounds", "0")).contains("--rounds: 0");
    assertThat(usageError("load", "--rate", "0", "--seconds", "1", "--data", "a"))
        .contains("rate: 0.0", "1,000,000");
    assertThat(usageError("load", "--rate", "1", "--seconds", "NaN", "--data", "a"))
        .contains("--seconds: NaN", "86400");
    assertThat(usageError("load", "--rate", "1", "--seconds", "1", "--data", "a", "--tiers", "x2="))
        .contains("tiers: 'x2='", "x2=0.7,x4=0.3");
    assertThat(
            usageError(
                "load", "--rate", "1", "--seconds", "1", "--data", "a", "--connections", "0"))
        .contains("--connections: 0");
    assertThat(
            usageError("load", "--rate", "1", "--seconds", "1", "--data", "a", "--plot", "a.gif"))
        .contains("picture: a.gif", ".svg");
    assertThat(
            usageError("load", "--rate", "1", "--seconds", "1", "--data", "a", "--deadline", "0s"))
        .contains("deadline: 0s");
    assertThat(usageError("classify", "--no-such-option")).contains("--no-such-option");
  }

  @Test
  void serve_help_tellsTheServersOwnDefaults() {
    String help = requireNonNull(offramp.getSubcommands().get("serve")).getUsageMessage();
    assertThat(help.replaceAll("\\s+", " "))
        .contains(
            "default: " + EngineSettings.DEFAULT_BATCH.tokens(),
            "default: " + EngineSettings.DEFAULT_BATCH.sequences(),
            "default: " + ServerSettings.DEFAULT_DRAIN_TIMEOUT.toSeconds() + "s",
            "at most " + ServerSettings.CLOSE_REST.toSeconds() + "s later",
            "default: " + Rollout.DEFAULT_WATCH_INTERVAL.toSeconds() + "s",
            "default: " + Rollout.DEFAULT_WARM_UP_LIMIT.toMinutes() + "m");
  }

  private String usageError(String... arguments) {
    var err = new StringWriter();
    CommandLine fresh = Offramp.commandLine().setErr(new PrintWriter(err));
    assertThat(fresh.execute(arguments)).as(err::toString).isEqualTo(2);
    assertThat(err.toString()).contains("See: offramp ").doesNotContain("\tat ");
    return err.toString();
  }

  @Test
  void failure_exitsWithOne_andSaysWhatToDo() {
    var err = new StringWriter();
    offramp.setErr(new PrintWriter(err));
    assertThat(execute("serve", "no-such-artifact")).isOne();
    assertThat(err.toString())
        .contains("no-such-artifact", "offramp compile")
        .doesNotContain("\tat ");
  }

  @Test
  void train_withoutOptions_hasTheTrainersOwnDefaults() {
    CommandLine train = requireNonNull(offramp.getSubcommands().get("train"));
    offramp.parseArgs("train", "--data", "a.tsv", "--out", "b");
    TrainerSettings parsed = ((TrainCommand) train.getCommand()).settings();
    var data = new TrainerSettings.Data(Path.of("a.tsv"), Optional.empty(), 0);
    assertThat(parsed).isEqualTo(TrainerSettings.defaults(data, Path.of("b")));
  }

  private int execute(String... arguments) {
    offramp.setOut(new PrintWriter(new StringWriter()));
    return offramp.execute(arguments);
  }

  private static List<CommandLine> commands(CommandLine root) {
    var all = new ArrayList<CommandLine>();
    all.add(root);
    root.getSubcommands().values().forEach(child -> all.addAll(commands(child)));
    return all;
  }
}
