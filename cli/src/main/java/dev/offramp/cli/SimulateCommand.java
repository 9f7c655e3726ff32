package dev.offramp.cli;

import dev.offramp.cli.simulation.AssignedUnits;
import dev.offramp.cli.simulation.AuditsNeeded;
import dev.offramp.cli.simulation.EqualArms;
import dev.offramp.cli.simulation.ScoredTexts;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.Sha256Sums;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Evaluator;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.TraceFile;
import dev.offramp.trainer.data.DataFormat;
import dev.offramp.trainer.data.TextRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp experiment simulate}: the statistics of experiments put to the test. */
@Command(
    name = "simulate",
    description = {
      "Plays experiments over recorded traces with the server's own classes: how often equal arms"
          + " are told apart though one looks after every request, how many audited requests a true"
          + " difference of one text in a hundred takes, and how evenly and fast units are assigned.",
      "Requests are drawn from the recorded texts again and again, with replacement, so a small file"
          + " will do; what it does not hold, such as rare kinds of texts, the simulation does not"
          + " know. docs/experiments.md says how each number is defined."
    },
    footer = {
      "",
      "Examples:",
      "  offramp experiment simulate --json x.json",
      "  offramp evaluate mine --data dev.tsv --traces dev.traces",
      "  offramp experiment simulate --traces dev.traces"
    })
final class SimulateCommand implements Callable<Integer> {
  private static final int SRM_UNITS = 1_000_000;

  @Option(
      names = "--traces",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = {
        "Traces of labelled texts, as offramp evaluate --traces writes them (default: those of the",
        "shipped checkpoint over models/sentences.tsv, recorded first)."
      })
  private @Nullable Path traces;

  @Option(
      names = "--speedup",
      paramLabel = "X",
      defaultValue = "3",
      description = {
        "The layer speed-up of the safer of the two rules compared, by the signal that the model was",
        "trained by; the bolder one always leaves at the first exit."
      })
  private double speedup;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Experiments of each kind.")
  private int runs;

  @Option(
      names = "--looks",
      paramLabel = "N",
      defaultValue = "5000",
      description = "Requests of each experiment with equal arms, and looks at it.")
  private int looks;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Draws everything.")
  private long seed;

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    requireAtLeastOne("--runs", runs);
    requireAtLeastOne("--looks", looks);
    RecordedTraces recorded = traces == null ? shipped() : TraceFile.read(traces);
    ScoredTexts texts = Usage.of(spec, () -> scored(recorded));
    EqualArms equal;
    AuditsNeeded needed;
    try (ProgressBar bar = Progress.bar("simulate", 2L * runs)) {
      equal = EqualArms.play(texts, runs, looks, seed, bar::step);
      needed = AuditsNeeded.play(texts, runs, seed, bar::step);
    }
    AssignedUnits assigned = AssignedUnits.of(SRM_UNITS, seed);
    double perSecond =
        AssignedUnits.perSecond(ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime);
    print(recorded, texts, equal, needed, assigned, perSecond);
    json.write(numbers(recorded, texts, equal, needed, assigned, perSecond));
    return 0;
  }

  private void requireAtLeastOne(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), "%s: %d (expected: >= 1)".formatted(option, value));
    }
  }

  private ScoredTexts scored(RecordedTraces recorded) {
    Evaluation evaluation = recorded.evaluation();
    ExitSignal signal = recorded.signal();
    double temperature = recorded.temperature();
    ExitRule safe =
        evaluation
            .atSpeedup(signal, temperature, speedup)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "--speedup: %s (expected: one that these traces reach)".formatted(speedup)));
    double[] thresholds = evaluation.thresholds(signal, temperature);
    ExitRule bold = new ExitRule.Threshold(signal, thresholds[thresholds.length - 1], temperature);
    return ScoredTexts.of(evaluation, safe, bold);
  }

  private static RecordedTraces shipped() throws IOException {
    Path home = Path.of(System.getProperty("offramp.home", "."));
    Path file = home.resolve("models/sentences.tsv");
    List<LabelledSentences.Sentence> sentences = LabelledSentences.read(file);
    List<TextRow> rows =
        IntStream.range(0, sentences.size())
            .mapToObj(i ->
                new TextRow(
                    i + 2L,
                    sentences.get(i).text(),
                    Optional.empty(),
                    Optional.of(sentences.get(i).label())))
            .toList();
    return Evaluator.record(
        home.resolve("models/sst2-small"),
        new EvaluationTexts(file, Sha256Sums.sha256(file), DataFormat.TSV, rows));
  }

  private void print(
      RecordedTraces recorded,
      ScoredTexts texts,
      EqualArms equal,
      AuditsNeeded needed,
      AssignedUnits assigned,
      double perSecond) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s: %,d texts; on %d the first exit alone differs from the full model, on %d the rule of"
            + " %s alone%n%n",
        recorded.source(),
        texts.size(),
        texts.boldErrs().size(),
        texts.safeErrs().size(),
        EvaluationTables.speedup(speedup));
    out.println(
        new TextTable(
                "equal arms, %,d looks each".formatted(looks), "runs", "ever told apart", "allowed")
            .row("disagreement, paired audits", count(runs), rate(equal.byAudits()), allowed())
            .row("exit depth, by split", count(runs), rate(equal.byDepth()), allowed())
            .row("wrong answers, by split", count(runs), rate(equal.byWrongAnswers()), allowed())
            .render());
    out.println(
        new TextTable(
                "a true difference of 1 % found with power 80 %", "requests", "audits to them")
            .row("paired audits, looking after each", count(needed.audits()), "1.000")
            .row("the same, half of the runs", count(needed.medianAudits()), "-")
            .row(
                "split, fixed, labels of all requests",
                count(needed.labelSplit()),
                ratio(needed.ratio()))
            .row(
                "split, fixed, all requests audited",
                count(needed.auditedSplit()),
                ratio(needed.ratioToAuditedSplit()))
            .render());
    out.printf(
        Locale.ROOT,
        "%,d units at 50, 30 and 20 %%: %s, sample ratio p = %.3f%n"
            + "%.1f million assignments a second on one core%n",
        SRM_UNITS,
        assigned.units(),
        assigned.ratio().chiSquareP(),
        perSecond / 1e6);
    out.flush();
  }

  private String rate(int wrong) {
    return EvaluateCommand.percent(wrong / (double) runs);
  }

  private static String allowed() {
    return EvaluateCommand.percent(EqualArms.ALPHA);
  }

  private static String count(long number) {
    return Long.toString(number);
  }

  private static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.3f", ratio);
  }

  private Map<String, Object> numbers(
      RecordedTraces recorded,
      ScoredTexts texts,
      EqualArms equal,
      AuditsNeeded needed,
      AssignedUnits assigned,
      double perSecond) {
    var numbers = new LinkedHashMap<String, Object>();
    numbers.put("aaFalsePositiveRate", equal.falsePositiveRate());
    numbers.put("auditSampleRatio", needed.ratio());
    numbers.put("srmPValue", assigned.ratio().chiSquareP());
    numbers.put("assignmentsPerSecond", perSecond);
    numbers.put("auditSampleRatioToAuditedSplit", needed.ratioToAuditedSplit());
    numbers.put("equalArms", equal);
    numbers.put("auditsNeeded", needed);
    numbers.put("assigned", assigned);
    numbers.put(
        "traces",
        Map.of(
            "source", recorded.source(),
            "texts", texts.size(),
            "textsSha256", recorded.textsSha256(),
            "checkpointSha256", recorded.checkpointSha256()));
    numbers.put("seed", seed);
    numbers.put("host", Host.describe());
    return numbers;
  }
}
