package dev.offramp.cli;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.tier.Tiers;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Evaluator;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.TraceFile;
import dev.offramp.trainer.report.EvaluationReport;
import dev.offramp.trainer.report.RuleKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code offramp evaluate}: what checkpoints give and cost at every exit and speed-up. */
@Command(
    name = "evaluate",
    description = {
      "Runs every exit of a checkpoint once over a file, and derives from that the curve of metric"
          + " against layer speed-up for every exit rule, each exit's own measures, and each tier.",
      "Several checkpoints are shown side by side. Without labels agreement with the full model"
          + " stands for the metric."
    },
    footer = {
      "",
      "Examples:",
      "  offramp evaluate mine --data dev.tsv --json e.json --plot pictures",
      "  offramp evaluate mine plain --data dev.tsv",
      "  offramp evaluate mine --data dev.tsv --traces dev.traces",
      "  offramp evaluate --from-traces dev.traces"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "CHECKPOINT",
      arity = "0..*",
      description = "The checkpoints' directories.")
  private List<Path> checkpoints = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description =
          "Texts or sentence pairs, with or without labels, in any layout; or one text a line.")
  private @Nullable Path data;

  @Mixin private FormatOption format = new FormatOption();

  @Option(
      names = "--from-traces",
      paramLabel = "FILE",
      description = "Traces recorded before, instead of a checkpoint and data; can be repeated.")
  private List<Path> recordedBefore = new ArrayList<>();

  @Option(
      names = "--traces",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "Also record the logits and signals of every exit in FILE.")
  private @Nullable Path traces;

  @Option(
      names = "--compare",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = {
        "Texts to compare with, such as those learned from: at the same thresholds, do they leave",
        "at the same depths as those of --data? Of each checkpoint."
      })
  private @Nullable Path compare;

  @Mixin private MetricOption metric = new MetricOption();

  @Option(
      names = "--rule",
      showDefaultValue = Visibility.NEVER,
      description = {
        "The rule whose curve stands first: ${COMPLETION-CANDIDATES} (default: thresholds of the",
        "signal that the first checkpoint was trained by, else ENERGY)."
      })
  private @Nullable RuleKind asked;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      showDefaultValue = Visibility.NEVER,
      description =
          "The signals' (default: that which each checkpoint was trained by, unless --rule names another signal; else 1).")
  private @Nullable Double temperature;

  @Option(
      names = "--plot",
      paramLabel = "DIR",
      showDefaultValue = Visibility.NEVER,
      description = "Draw the curve and where texts leave, as PNG and SVG.")
  private @Nullable Path plot;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "Also write every point of every curve to FILE as comma-separated values.")
  private @Nullable Path csv;

  @Mixin private CurveOptions curve = new CurveOptions();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    requireSources();
    json.requireWritable();
    var recorded = new LinkedHashMap<String, RecordedTraces>();
    EvaluationTexts texts = data == null ? null : EvaluationTexts.read(data, format.format());
    EvaluationTexts others =
        compare == null ? null : EvaluationTexts.read(compare, format.format());
    requireFitting(texts, others);
    List<String> names = names(checkpoints.isEmpty() ? recordedBefore : checkpoints);
    for (int i = 0; i < names.size(); i++) {
      recorded.put(
          names.get(i),
          checkpoints.isEmpty()
              ? TraceFile.read(recordedBefore.get(i))
              : Evaluator.record(checkpoints.get(i), Objects.requireNonNull(texts)));
    }
    IOException unwritten = traces == null ? null : write(recorded.firstEntry().getValue());
    var reports = new ArrayList<EvaluationReport>();
    recorded.forEach((name, one) ->
        reports.add(
            EvaluationReport.of(
                name,
                one.evaluation(),
                metric.asked().orElseGet(() -> one.metric().over(one.evaluation())),
                temperature(one),
                curve.points())));
    RuleKind rule = asked == null ? RuleKind.of(recorded.firstEntry().getValue().signal()) : asked;
    requireOneMetric(reports);
    List<DepthComparison> compared = print(reports, recorded, others, rule);
    if (unwritten != null) {
      throw unwritten;
    }
    json.write(numbers(reports, compared, rule)); // Before pictures, which take more room.
    if (csv != null) {
      Path parent = csv.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      AtomicFiles.write(csv, EvaluationReport.csv(reports).getBytes(StandardCharsets.UTF_8));
    }
    if (plot != null) {
      new EvaluationPictures(reports, rule, curve.speedups()).draw(plot, compared);
      spec.commandLine().getOut().printf("%nPictures: %s%n", plot);
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  /** A temperature belongs to its signal: a rule of another than training's has the neutral one. */
  private double temperature(RecordedTraces recorded) {
    if (temperature != null) {
      return temperature;
    }
    return asked == null || asked == RuleKind.of(recorded.signal())
        ? recorded.temperature()
        : ExitSignal.DEFAULT_TEMPERATURE;
  }

  /** At once; but if it fails, what was computed goes to the terminal first. */
  private @Nullable IOException write(RecordedTraces first) {
    try {
      TraceFile.write(Objects.requireNonNull(traces), first);
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  /** One axis has one metric. */
  private void requireOneMetric(List<EvaluationReport> reports) {
    EvaluationReport first = reports.getFirst();
    reports.stream()
        .filter(report -> plot != null && report.metric() != first.metric())
        .findFirst()
        .ifPresent(other -> {
          throw new CommandFailedException(
              "--plot: %s is measured by %s, %s by %s (expected: one metric for all; without --plot they are told side by side)"
                  .formatted(
                      first.name(), first.metric().words(), other.name(), other.metric().words()));
        });
  }

  /* Of all files and checkpoints before the first is run. */
  private void requireFitting(@Nullable EvaluationTexts texts, @Nullable EvaluationTexts others) {
    for (Path checkpoint : checkpoints) {
      for (EvaluationTexts file : Stream.of(texts, others).filter(Objects::nonNull).toList()) {
        Evaluator.requireLabels(checkpoint, file);
      }
    }
    if (checkpoints.size() == 1) { // Of several no tiers are shown.
      Evaluator.requireFittingTiers(checkpoints.getFirst());
    }
    if (texts != null) {
      metric.requireFits(spec, checkpoints, texts);
    }
  }

  private void requireSources() {
    if (checkpoints.isEmpty() == recordedBefore.isEmpty()) {
      throw usage("expected: either CHECKPOINT with --data, or --from-traces");
    }
    if (checkpoints.isEmpty() != (data == null)) {
      throw usage("expected: --data with CHECKPOINT, and not with --from-traces");
    }
    if (data == null && format.given()) {
      throw usage("--format: %s (expected: with --data)".formatted(format.format()));
    }
    for (List<Path> files : List.of(checkpoints, recordedBefore)) {
      if (files.stream().map(file -> file.toAbsolutePath().normalize()).distinct().count()
          != files.size()) {
        throw usage("%s (expected: each once)".formatted(files));
      }
    }
    if (traces != null && checkpoints.size() != 1) {
      throw usage("--traces: %s (expected: with one checkpoint)".formatted(traces));
    }
    if (compare != null && checkpoints.isEmpty()) {
      throw usage("--compare: %s (expected: with CHECKPOINT)".formatted(compare));
    }
    Usage.of(
        spec,
        () -> {
          if (curve.points() < 2) {
            throw new IllegalArgumentException(
                "curve points: %d (expected: >= 2)".formatted(curve.points()));
          }
          for (double speedup : curve.speedups()) {
            if (!(speedup > 1) || !Double.isFinite(speedup)) {
              throw new IllegalArgumentException(
                  "--speedups: %s (expected: > 1)".formatted(speedup));
            }
          }
          if (temperature != null) {
            ExitSignal.requireTemperature(temperature);
          }
          return curve;
        });
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** The last names, or whole paths where two have the same last name. */
  private static List<String> names(List<Path> files) {
    List<String> last =
        files.stream()
            .map(file -> String.valueOf(file.toAbsolutePath().normalize().getFileName()))
            .toList();
    return last.stream().distinct().count() == last.size()
        ? last
        : files.stream().map(Path::toString).toList();
  }

  /** Prints the tables; returns the comparisons of each checkpoint's two files, if asked for. */
  private List<DepthComparison> print(
      List<EvaluationReport> reports,
      Map<String, RecordedTraces> recorded,
      @Nullable EvaluationTexts others,
      RuleKind rule) {
    PrintWriter print = spec.commandLine().getOut();
    for (EvaluationReport report : reports) {
      RecordedTraces source = Objects.requireNonNull(recorded.get(report.name()));
      print.printf(
          "%s over %s: %,d texts%s, %d exits%n",
          report.name(),
          source.source(),
          report.evaluation().traces().size(),
          report.evaluation().cut() > 0
              ? " (" + report.evaluation().cut() + " cut to the model's length)"
              : "",
          report.evaluation().layers());
    }
    print.printf("%n%s%n", EvaluationTables.curves(reports).render());
    if (!companions(reports).isEmpty()) {
      print.println(EvaluationTables.curves(companions(reports)).render());
    }
    if (reports.size() == 1) {
      EvaluationReport report = reports.getFirst();
      print.println(EvaluationTables.exits(report).render());
      if (!checkpoints.isEmpty()) {
        Tiers tiers = Tiers.read(checkpoints.getFirst());
        RecordedTraces source = Objects.requireNonNull(recorded.get(report.name()));
        print.println(EvaluationTables.tiers(report, tiers, source).render());
      }
      print.println(EvaluationTables.signals(report, curve.speedups()).render());
      print.print(EvaluationTables.transfer(report).render());
    }
    var compared = new ArrayList<DepthComparison>();
    if (others != null) {
      for (int i = 0; i < checkpoints.size(); i++) {
        RecordedTraces other = Evaluator.record(checkpoints.get(i), others);
        compared.add(DepthComparison.of(reports.get(i), dataName(), other, rule, curve.speedups()));
      }
      print.printf("%n%s", DepthComparison.table(compared).render());
    }
    print.flush();
    return compared;
  }

  /* GLUE reports F1 and accuracy of some tasks; a metric that was asked for stands alone. */
  private List<EvaluationReport> companions(List<EvaluationReport> reports) {
    return metric.asked().isPresent()
        ? List.of()
        : reports.stream()
            .flatMap(report ->
                report.metric().companion().stream().map(other -> report.by(other, curve.points())))
            .toList();
  }

  private Map<String, Object> numbers(
      List<EvaluationReport> reports, List<DepthComparison> compared, RuleKind rule) {
    var json = new LinkedHashMap<String, Object>();
    if (reports.size() == 1) {
      EvaluationReport report = reports.getFirst();
      json.putAll(numbers(report, rule));
      if (!checkpoints.isEmpty()) {
        var tiers = new LinkedHashMap<String, Object>();
        Tiers.read(checkpoints.getFirst())
            .tiers()
            .forEach(tier -> tiers.put(tier.name(), report.evaluation().outcome(tier.rule())));
        json.put("tiers", tiers);
      }
      compared.forEach(one -> putDepths(json, one));
    } else {
      var all = new ArrayList<Map<String, Object>>();
      reports.forEach(report -> all.add(numbers(report, rule)));
      for (int i = 0; i < compared.size(); i++) {
        putDepths(all.get(i), compared.get(i));
      }
      json.put("checkpoints", all);
    }
    json.put("host", Host.describe());
    return json;
  }

  private static void putDepths(Map<String, Object> json, DepthComparison comparison) {
    comparison
        .distance()
        .ifPresent(distance -> {
          json.put("depths", comparison.drawn());
          json.put("depthDistance", distance);
        });
  }

  private Map<String, Object> numbers(EvaluationReport report, RuleKind rule) {
    var json = new LinkedHashMap<String, Object>(report.numbers(rule));
    for (EvaluationReport other : companions(List.of(report))) {
      json.put("alsoBy", Map.of(other.metric().id(), EvaluationReport.numbers(other.curve(rule))));
    }
    return json;
  }

  /** What the texts come from, for a legend. */
  private String dataName() {
    Path file = Objects.requireNonNull(data == null ? traces : data);
    return String.valueOf(file.getFileName());
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }
}
