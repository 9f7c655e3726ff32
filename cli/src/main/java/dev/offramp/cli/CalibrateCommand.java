package dev.offramp.cli;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.model.tier.TiersJson;
import dev.offramp.trainer.Calibrator;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Evaluator;
import dev.offramp.trainer.Metric;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.RiskTrials;
import dev.offramp.trainer.TraceFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code offramp calibrate}: tiers from held-out texts. */
@Command(
    name = "calibrate",
    description = {
      "Chooses a checkpoint's tiers from held-out texts and writes its tiers.json.",
      "Use texts like those to be served, that the model did not learn from. Labels are welcome,"
          + " not needed.",
      "Speed tiers reach a speed-up. Risk tiers, one for each --risk, are as fast as they can be"
          + " while they disagree with the full model on at most that share of texts; each carries"
          + " its certificate."
    },
    footer = {
      "",
      "Examples:",
      "  offramp calibrate mine --data mine.training/holdout.jsonl",
      "  offramp calibrate mine --data mine.training/holdout.jsonl --risk 0.01 --risk 0.05"
    })
final class CalibrateCommand implements Callable<Integer> {
  private static final int TRIAL_SHARE = 10;
  private static final long TRIAL_SEED = 1;

  @Parameters(paramLabel = "CHECKPOINT", description = "The checkpoint's directory.")
  private Path checkpoint;

  @ArgGroup(multiplicity = "1")
  private Source source = new Source();

  /** Texts to run the model over, or what that gave before. */
  static final class Source {
    @Option(
        names = "--data",
        paramLabel = "FILE",
        description =
            "Texts or sentence pairs, with or without labels, in any layout; or one text a line.")
    private @Nullable Path data;

    @Option(
        names = "--from-traces",
        paramLabel = "FILE",
        description = "Traces that evaluate --traces recorded; the model is not run.")
    private @Nullable Path traces;
  }

  @Mixin private FormatOption format = new FormatOption();

  @Option(
      names = "--risk",
      paramLabel = "EPS",
      split = ",",
      description = {
        "A share of disagreement with the full model to keep to, such as 0.01: adds the tier",
        "risk<EPS>, the fastest that does with probability 1 - delta. Can be repeated."
      })
  private List<Double> risks = new ArrayList<>();

  @Option(
      names = "--delta",
      defaultValue = "" + Calibrator.DEFAULT_DELTA,
      description = "The probability with which the promise of a risk tier may not hold.")
  private double delta;

  @Option(
      names = "--trials",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "With --from-traces: instead of writing tiers, test the promise of each --risk. N times,",
        "certify a tier on --trial-texts of the texts and count its disagreement on the others."
      })
  private int trials;

  @Option(
      names = "--trial-texts",
      paramLabel = "N",
      showDefaultValue = Visibility.NEVER,
      description = "Texts that a trial calibrates on (default: a tenth of them).")
  private @Nullable Integer trialTexts;

  @Mixin private SignalOptions signals = new SignalOptions();

  @Mixin private MetricOption metric = new MetricOption();

  @Option(
      names = "--artifact",
      paramLabel = "DIR",
      showDefaultValue = Visibility.NEVER,
      description = {
        "An artifact of the checkpoint: also report what each of its targets that runs here",
        "makes of the tiers, by running its kernels over the same texts."
      })
  private @Nullable Path artifact;

  @Mixin private CurveOptions curve = new CurveOptions();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Optional<TrainedBy> trainedBy = TrainedBy.read(checkpoint);
    Calibrator.Settings settings =
        Usage.of(
            spec,
            () ->
                new Calibrator.Settings(
                    signals.signal(trainedBy),
                    signals.temperature(trainedBy),
                    curve.speedups(),
                    risks,
                    delta,
                    metric.asked(),
                    curve.points()));
    json.requireWritable(); // Before minutes of work, not after.
    if (trials != 0) {
      return tryPromises(settings);
    }
    Artifact compiled = artifact == null ? null : PrecisionReport.open(artifact, checkpoint);
    if (source.data == null && format.given()) {
      throw new ParameterException(
          spec.commandLine(), "--format: %s (expected: with --data)".formatted(format.format()));
    }
    EvaluationTexts texts =
        source.data == null ? null : EvaluationTexts.read(source.data, format.format());
    if (compiled != null && texts == null) {
      throw new ParameterException(
          spec.commandLine(), "--artifact needs --data: its kernels run over the texts");
    }
    if (texts != null) {
      metric.requireFits(spec, List.of(checkpoint), texts);
    }
    RecordedTraces recorded =
        texts == null ? TraceFile.read(Objects.requireNonNull(source.traces)) : null;
    String sha256 = texts == null ? Objects.requireNonNull(recorded).textsSha256() : texts.sha256();
    Tiers before = former();
    Tiers tiers =
        texts == null
            ? Calibrator.calibrate(checkpoint, Objects.requireNonNull(recorded), settings)
            : Calibrator.calibrate(checkpoint, texts, settings);
    var table = new TextTable("tier", "rule", "layer speed-up", "agreement", "promise");
    for (Tier tier : tiers.tiers()) {
      table.row(
          tier.name(),
          rule(tier.rule()),
          String.format(Locale.ROOT, "%.2fx", tier.layerSpeedup()),
          EvaluateCommand.percent(tier.agreement()),
          tier.certificate().map(CalibrateCommand::promise).orElse(""));
    }
    PrintWriter print = spec.commandLine().getOut();
    print.print(table.render());
    print.printf(
        "Written: %s, with the curve of %s%n",
        checkpoint.resolve(Tiers.FILE), Metric.ofId(tiers.curves().getFirst().metric()).words());
    List<String> gone = before.names().stream().filter(name -> tiers.find(name).isEmpty()).toList();
    if (!gone.isEmpty()) {
      print.printf(
          "No longer there: %s. Requests that name them are refused once this is served.%n",
          String.join(", ", gone));
    }
    if (trainedBy.filter(trained -> trained.textsSha256().equals(sha256)).isPresent()) {
      print.println(
          "warning: the checkpoint learned from this very file: it is surer of these texts than of new ones,"
              + " so that tiers promise too much (expected: texts that it did not see, such as those that"
              + " train --holdout sets aside)");
    }
    print.flush();
    var numbers = new LinkedHashMap<String, Object>(TiersJson.to(tiers));
    if (compiled != null && texts != null) {
      Evaluation reference = Evaluator.evaluate(checkpoint, texts);
      var rows = PrecisionReport.measure(compiled, texts, reference, tiers);
      print.printf("%nThe kernels of %s against the checkpoint:%n", artifact);
      print.print(PrecisionReport.table(rows).render());
      print.flush();
      numbers.put("precisions", rows);
    }
    json.write(numbers);
    return 0;
  }

  /** Those that are replaced; of a damaged file nothing is known, and a new one takes its place. */
  private Tiers former() {
    try {
      return Tiers.read(checkpoint);
    } catch (ModelFormatException e) {
      return Tiers.uncalibrated();
    }
  }

  private int tryPromises(Calibrator.Settings settings) throws IOException {
    if (source.traces == null || settings.risks().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--trials: %d (expected: with --from-traces and at least one --risk)".formatted(trials));
    }
    Evaluation all = TraceFile.read(source.traces).evaluation();
    int texts = trialTexts == null ? all.traces().size() / TRIAL_SHARE : trialTexts;
    var table =
        new TextTable("risk", "trials", "above it", "share", "allowed", "disagreement", "speed-up");
    var done = new ArrayList<RiskTrials>();
    for (double eps : settings.risks()) {
      RiskTrials result =
          Usage.of(
              spec,
              () ->
                  RiskTrials.of(
                      all,
                      settings.signal(),
                      settings.temperature(),
                      eps,
                      delta,
                      texts,
                      trials,
                      TRIAL_SEED));
      done.add(result);
      table.row(
          plain(eps),
          Integer.toString(trials),
          Integer.toString(result.broken()),
          EvaluateCommand.percent(result.broken() / (double) trials),
          EvaluateCommand.percent(delta),
          EvaluateCommand.percent(result.meanDisagreement()),
          String.format(Locale.ROOT, "%.2fx", result.meanSpeedup()));
    }
    PrintWriter print = spec.commandLine().getOut();
    print.printf(
        Locale.ROOT,
        "Each trial certifies a tier on %,d texts and counts on the other %,d (seed %d).%n",
        texts,
        all.traces().size() - texts,
        TRIAL_SEED);
    print.print(table.render());
    print.flush();
    json.write(Map.of("trials", done));
    return 0;
  }

  static String promise(Certificate certificate) {
    return String.format(
        Locale.ROOT,
        "differs on <= %s %% of texts, %s %% sure",
        plain(100 * certificate.eps()),
        plain(100 * (1 - certificate.delta())));
  }

  private static String plain(double value) {
    return new BigDecimal(value, new MathContext(6)).stripTrailingZeros().toPlainString();
  }

  private static String rule(ExitRule rule) {
    return switch (rule) {
      case ExitRule.Threshold threshold ->
          String.format(
              Locale.ROOT,
              "%s %s %.4f",
              threshold.signal().id(),
              threshold.signal().comparison(),
              threshold.threshold());
      case ExitRule.Patience patience -> "patience " + patience.patience();
      case ExitRule.FullDepth full -> "never early";
    };
  }
}
