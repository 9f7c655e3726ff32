package dev.offramp.cli;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Evaluator;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.TraceFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code offramp evaluate}: what a checkpoint gives and costs at every exit and speed-up. */
@Command(
    name = "evaluate",
    description = {
      "Runs every exit of a checkpoint once over a file, and shows each exit, each tier, and the"
          + " curve of each signal.",
      "Without labels (one text a line) agreement with the full model stands for accuracy."
    },
    footer = {"", "Example:", "  offramp evaluate mine --data dev.tsv"})
final class EvaluateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "CHECKPOINT", description = "The checkpoint's directory.")
  private Path checkpoint;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "text<TAB>label a line, with or without a header; or one text a line.")
  private Path data;

  @Option(
      names = "--traces",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "Also record the logits and signals of every exit in FILE.")
  private @Nullable Path traces;

  @Mixin private CurveOptions curve = new CurveOptions();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    RecordedTraces recorded = Evaluator.record(checkpoint, EvaluationTexts.read(data));
    if (traces != null) {
      TraceFile.write(traces, recorded);
    }
    Evaluation evaluation = recorded.evaluation();
    Tiers tiers = Tiers.read(checkpoint);
    PrintWriter print = spec.commandLine().getOut();
    print.printf(
        "%d texts%s, %d exits%n%n",
        evaluation.traces().size(),
        evaluation.cut() > 0 ? " (" + evaluation.cut() + " cut to the model's length)" : "",
        evaluation.layers());
    print.println(exits(evaluation).render());
    print.println(tiers(evaluation, tiers).render());
    print.print(signals(evaluation).render());
    print.flush();
    json.write(numbers(evaluation, tiers));
    return 0;
  }

  private static TextTable exits(Evaluation evaluation) {
    var table = new TextTable("all leave at exit", "accuracy", "agreement", "layer speed-up");
    for (int depth = 1; depth <= evaluation.layers(); depth++) {
      Evaluation.Outcome outcome = evaluation.outcomeAtDepth(depth);
      table.row(
          Integer.toString(depth),
          accuracy(outcome),
          percent(outcome.agreement()),
          speedup(outcome));
    }
    return table;
  }

  private static TextTable tiers(Evaluation evaluation, Tiers tiers) {
    var table =
        new TextTable(
            "tier", "accuracy", "agreement", "mean exit depth", "layer speed-up", "exits");
    for (Tier tier : tiers.tiers()) {
      Evaluation.Outcome outcome = evaluation.outcome(tier.rule());
      table.row(
          tier.name(),
          accuracy(outcome),
          percent(outcome.agreement()),
          String.format(Locale.ROOT, "%.2f", outcome.meanExitDepth()),
          speedup(outcome),
          String.join(" ", outcome.exits().stream().map(String::valueOf).toList()));
    }
    return table;
  }

  /* The signals side by side, each at its own threshold for the same speed-up. */
  private TextTable signals(Evaluation evaluation) {
    var table =
        new TextTable("signal", "asked", "threshold", "accuracy", "agreement", "layer speed-up");
    for (ExitSignal signal : ExitSignal.values()) {
      for (double asked : curve.speedups()) {
        evaluation
            .atSpeedup(signal, ExitSignal.DEFAULT_TEMPERATURE, asked)
            .ifPresent(rule -> table.row(row(evaluation, signal, asked, rule)));
      }
    }
    return table;
  }

  private static String[] row(
      Evaluation evaluation, ExitSignal signal, double asked, ExitRule.Threshold rule) {
    Evaluation.Outcome outcome = evaluation.outcome(rule);
    return new String[] {
      signal.id(),
      String.format(Locale.ROOT, "%.2fx", asked),
      String.format(Locale.ROOT, "%.4f", rule.threshold()),
      accuracy(outcome),
      percent(outcome.agreement()),
      speedup(outcome)
    };
  }

  private Map<String, Object> numbers(Evaluation evaluation, Tiers tiers) {
    var json = new LinkedHashMap<String, Object>();
    json.put("texts", evaluation.traces().size());
    var exits = new ArrayList<Evaluation.Outcome>();
    for (int depth = 1; depth <= evaluation.layers(); depth++) {
      exits.add(evaluation.outcomeAtDepth(depth));
    }
    json.put("exits", exits);
    var named = new LinkedHashMap<String, Evaluation.Outcome>();
    tiers.tiers().forEach(tier -> named.put(tier.name(), evaluation.outcome(tier.rule())));
    json.put("tiers", named);
    var curves = new LinkedHashMap<String, Object>();
    for (ExitSignal signal : ExitSignal.values()) {
      curves.put(
          signal.id(), evaluation.curve(signal, ExitSignal.DEFAULT_TEMPERATURE, curve.points()));
    }
    json.put("curves", curves);
    json.put("host", Host.describe());
    return json;
  }

  private static String accuracy(Evaluation.Outcome outcome) {
    return outcome.accuracy().map(EvaluateCommand::percent).orElse("no labels");
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static String speedup(Evaluation.Outcome outcome) {
    return String.format(Locale.ROOT, "%.2fx", outcome.layerSpeedup());
  }
}
