package dev.offramp.cli;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.TrainingDivergedException;
import dev.offramp.trainer.TrainingListener;
import dev.offramp.trainer.data.DataFormat;
import dev.offramp.trainer.report.RuleKind;
import dev.offramp.trainer.study.CellResult;
import dev.offramp.trainer.study.Study;
import dev.offramp.trainer.study.StudyPlan;
import dev.offramp.trainer.study.StudyReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code offramp study}: objectives compared over seeds and data sets. */
@Command(
    name = "study",
    description = {
      "Trains every objective with every seed on every data set, with the same budget, and compares"
          + " the curves of metric against layer speed-up. The metric is what each set's task asks"
          + " for, or --metric; the tables name it.",
      "A study that was stopped goes on where it was when it is started again with the same options;"
          + " with another --rule or --metric what was trained is compared anew."
    },
    footer = {
      "",
      "Example:",
      "  offramp study --set sst2=train.tsv,dev.tsv --seeds 1,2,3 --epochs 4 --out results"
    })
final class StudyCommand implements Callable<Integer> {
  /** What a study's page begins with. */
  private static final String MADE_BY = "# Objectives compared\n\nMade by\n\n```\n";

  /** What means itself to any shell. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./=,:@%+-]+");

  @Option(
      names = "--set",
      required = true,
      paramLabel = "NAME=TRAIN,DEV[,FORMAT]",
      description = {
        "A data set: labelled texts or sentence pairs to learn from and to judge by, in any layout",
        "that train --format knows, which is recognized or named; can be repeated."
      })
  private List<String> sets;

  @Option(
      names = "--objectives",
      split = ",",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = "Which of ${COMPLETION-CANDIDATES} (default: all).")
  private List<ObjectiveKind> objectives = Arrays.asList(ObjectiveKind.values());

  @Option(
      names = "--seeds",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,2,3",
      description = "One run of each for every seed.")
  private List<Long> seeds;

  @Option(
      names = "--rule",
      showDefaultValue = Visibility.NEVER,
      description =
          "The rule whose curve is compared: ${COMPLETION-CANDIDATES} (default: thresholds of"
              + " --signal); at --temperature.")
  private @Nullable RuleKind rule;

  @Mixin private MetricOption metric = new MetricOption();

  @Option(
      names = "--curve-points",
      paramLabel = "N",
      defaultValue = "201",
      description = "The most thresholds on a curve.")
  private int points;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = {
        "Where results go: README.md with tables and pictures, results.json, and for each run in cells/",
        "how it was trained and its traces over DEV, of which evaluate --from-traces tells more."
      })
  private Path out;

  @Option(
      names = "--keep-checkpoints",
      description = "Also keep the models of runs that are trained now, in DIR/checkpoints.")
  private boolean keepCheckpoints;

  @Mixin private TrainOptions options = new TrainOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    StudyPlan plan = Usage.of(spec, this::plan);
    requireOwnReadme();
    List<CellResult> results;
    var diverged = new LinkedHashMap<StudyPlan.Cell, String>();
    try (var listener = new Listener(print, diverged)) {
      results = Study.run(plan, out, keepCheckpoints, listener);
    }
    var report = new StudyReport(plan, results, diverged);
    report.draw(out);
    String markdown = report.markdown();
    AtomicFiles.write(
        out.resolve("README.md"),
        (MADE_BY + command() + "\n```\n\n" + markdown).getBytes(StandardCharsets.UTF_8));
    AtomicFiles.write(
        out.resolve("results.json"),
        JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(report.numbers()));
    print.print(markdown);
    print.println("Results: " + out.resolve("README.md"));
    print.flush();
    if (!diverged.isEmpty()) {
      throw new CommandFailedException(
          "%d of %d runs diverged and have no result: %s (expected: finite numbers; lower --lr or lengthen --warm-up, with another --out)"
              .formatted(
                  diverged.size(),
                  plan.cells().size(),
                  diverged.keySet().stream()
                      .map(StudyPlan.Cell::id)
                      .collect(Collectors.joining(", "))));
    }
    return 0;
  }

  StudyPlan plan() {
    for (String single : List.of("--objective", "--seed")) {
      if (spec.commandLine().getParseResult().hasMatchedOption(single)) {
        throw new IllegalArgumentException(
            "%s: is for one run (expected: %ss, all to compare)".formatted(single, single));
      }
    }
    List<StudyPlan.DataSet> parsed = sets.stream().map(StudyCommand::dataSet).toList();
    var first =
        new TrainerSettings.Data(
            parsed.getFirst().train(), Optional.empty(), 0); // Replaced by run.
    TrainerSettings settings = options.settings(first, out);
    return new StudyPlan(
        parsed,
        objectives,
        seeds,
        settings,
        rule == null ? RuleKind.of(settings.cosee().signal()) : rule,
        metric.asked(),
        points);
  }

  private static StudyPlan.DataSet dataSet(String option) {
    String[] parts = option.split("[=,]", -1);
    if (parts.length < 3 || parts.length > 4 || Arrays.stream(parts).anyMatch(String::isBlank)) {
      throw new IllegalArgumentException(
          "--set: '%s' (expected: NAME=TRAIN,DEV or NAME=TRAIN,DEV,FORMAT)".formatted(option));
    }
    DataFormat format = parts.length == 4 ? DataFormat.ofId(parts[3]) : DataFormat.AUTO;
    return new StudyPlan.DataSet(parts[0], Path.of(parts[1]), Path.of(parts[2]), format);
  }

  /* Before hours of training, and before a page that people wrote is gone. */
  private void requireOwnReadme() throws IOException {
    if (Files.exists(out.resolve(ModelConfig.FILE))) {
      throw new CommandFailedException(
          "%s: is a checkpoint (expected: a directory of the study's own, or none yet; see --out)"
              .formatted(out));
    }
    Path readme = out.resolve("README.md");
    if (Files.exists(readme)
        && !new String(Files.readAllBytes(readme), StandardCharsets.UTF_8).startsWith(MADE_BY)) {
      throw new CommandFailedException(
          "%s: is no study's (expected: a directory of the study's own, or none yet; see --out)"
              .formatted(readme));
    }
  }

  /** What was typed, so that anyone can do it again: in quotes where a shell needs them. */
  private String command() {
    return spec.commandLine().getParseResult().originalArgs().stream()
        .map(word -> PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" ", "./offramp ", ""));
  }

  /** A bar for the run at work, and a line for each that has ended. */
  private static final class Listener implements Study.Listener, AutoCloseable {
    private final PrintWriter print;
    private final Map<StudyPlan.Cell, String> diverged;
    private @Nullable ProgressBar bar;

    Listener(PrintWriter print, Map<StudyPlan.Cell, String> diverged) {
      this.print = print;
      this.diverged = diverged;
    }

    @Override
    public TrainingListener begins(StudyPlan.Cell cell, int number, int all) {
      return new TrainingListener() {
        @Override
        public void started(Started event) {
          ProgressBar started =
              Progress.bar("%d of %d %s".formatted(number, all, cell.id()), event.steps());
          started.stepTo(event.resumedAt());
          bar = started;
        }

        @Override
        public void stepped(Stepped event) {
          if (bar != null) {
            bar.stepTo(event.step());
          }
        }
      };
    }

    @Override
    public void ended(StudyPlan.Cell cell, CellResult result, boolean before) {
      close();
      print.printf(
          Locale.ROOT,
          "%s: %s %.4f at full depth, mean %.4f to %.1fx%s%n",
          cell.id(),
          result.curve().metric().words(),
          result.curve().full(),
          result.curve().areaUnderCurve(),
          result.curve().areaTo(),
          before
              ? ", done before"
              : String.format(Locale.ROOT, ", trained in %.0f s", result.trainSeconds()));
      result.warnings().forEach(warning -> print.println("  warning: " + warning));
      print.flush();
    }

    @Override
    public void diverged(StudyPlan.Cell cell, TrainingDivergedException why) {
      close();
      diverged.put(cell, why.reason());
      print.printf("%s: diverged: %s%n", cell.id(), why.reason());
      print.flush();
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }
}
