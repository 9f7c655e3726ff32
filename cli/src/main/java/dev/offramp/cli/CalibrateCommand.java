package dev.offramp.cli;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.model.tier.TiersJson;
import dev.offramp.trainer.Calibrator;
import dev.offramp.trainer.EvaluationTexts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code offramp calibrate}: tiers from held-out texts. */
@Command(
    name = "calibrate",
    description = {
      "Chooses a checkpoint's tiers from held-out texts and writes its tiers.json.",
      "Use texts like those to be served, that the model did not learn from. Labels are welcome,"
          + " not needed."
    },
    footer = {"", "Example:", "  offramp calibrate mine --data mine.training/holdout.tsv"})
final class CalibrateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "CHECKPOINT", description = "The checkpoint's directory.")
  private Path checkpoint;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "text<TAB>label a line, with or without a header; or one text a line.")
  private Path data;

  @Option(
      names = "--signal",
      defaultValue = "ENERGY",
      description = "The signal whose thresholds make the tiers: ${COMPLETION-CANDIDATES}.")
  private ExitSignal signal;

  @Option(names = "--temperature", defaultValue = "1", description = "The signal's temperature.")
  private double temperature;

  @Mixin private CurveOptions curve = new CurveOptions();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Calibrator.Settings settings =
        Usage.of(
            spec,
            () -> new Calibrator.Settings(signal, temperature, curve.speedups(), curve.points()));
    Tiers tiers = Calibrator.calibrate(checkpoint, EvaluationTexts.read(data), settings);
    var table = new TextTable("tier", "rule", "layer speed-up", "agreement");
    for (Tier tier : tiers.tiers()) {
      table.row(
          tier.name(),
          rule(tier.rule()),
          String.format(Locale.ROOT, "%.2fx", tier.layerSpeedup()),
          EvaluateCommand.percent(tier.agreement()));
    }
    PrintWriter print = spec.commandLine().getOut();
    print.print(table.render());
    print.printf("Written: %s%n", checkpoint.resolve(Tiers.FILE));
    print.flush();
    json.write(TiersJson.to(tiers));
    return 0;
  }

  private static String rule(ExitRule rule) {
    return switch (rule) {
      case ExitRule.Threshold threshold ->
          String.format(
              Locale.ROOT,
              "%s %s %.4f",
              threshold.signal().id(),
              threshold.signal() == ExitSignal.LABEL_SCORE ? ">" : "<",
              threshold.threshold());
      case ExitRule.Patience patience -> "patience " + patience.patience();
      case ExitRule.FullDepth full -> "never early";
    };
  }
}
