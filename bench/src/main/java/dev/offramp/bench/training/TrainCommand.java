package dev.offramp.bench.training;

import dev.offramp.bench.kernels.Medians;
import dev.offramp.cli.Host;
import dev.offramp.cli.JsonFileOption;
import dev.offramp.cli.TextTable;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp bench train}: steps a second of training, and what COSEE and threads change. */
@Command(
    name = "train",
    description = {
      "Trains a small model on made-up texts again and again: with the plain sum of cross-entropies by one"
          + " thread and by all, and with COSEE by all. Steps a second are told, what threads gain, and"
          + " what COSEE's thresholds and weights cost. Runs take turns in every round; reading, the"
          + " first steps and writing are left out.",
      "Leave the machine alone meanwhile."
    })
public final class TrainCommand implements Callable<Integer> {
  private static final int WARM_UP = 15;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are over rounds (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "60",
      description = "Steps of a run that are timed (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "All threads (default: one a core, at most 8).")
  private int threads = TrainerSettings.defaultThreads();

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "6",
      description = "Layers, each with an exit (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "The width, a multiple of 4; feed-forward blocks are 4 times as wide (default:"
              + " ${DEFAULT-VALUE}).")
  private int hidden;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Texts a step, 5 to 30 words each (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Mixin private JsonFileOption json = new JsonFileOption();
  @Spec private CommandSpec spec;

  /** For picocli. */
  public TrainCommand() {}

  @Override
  public Integer call() throws IOException {
    if (rounds < 1 || steps < 1 || threads < 1 || layers < 2 || batch < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--rounds: %d, --steps: %d, --threads: %d, --layers: %d, --batch: %d (expected: >= 1, layers >= 2)"
              .formatted(rounds, steps, threads, layers, batch));
    }
    if (hidden < 4 || hidden % 4 != 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--hidden: %d (expected: a multiple of 4, for its heads)".formatted(hidden));
    }
    Path work = Files.createTempDirectory("offramp-bench-train");
    try {
      Map<Contender, List<Double>> measured = measure(work);
      print(measured);
      json.write(numbers(measured));
    } finally {
      AtomicFiles.deleteTree(work);
    }
    return 0;
  }

  private Contender alone() {
    return new Contender("plain sum, one thread", ObjectiveKind.SUM, 1);
  }

  private Contender plain() {
    return new Contender("plain sum, all threads", ObjectiveKind.SUM, threads);
  }

  private Contender cosee() {
    return new Contender("COSEE, all threads", ObjectiveKind.COSEE, threads);
  }

  private Map<Contender, List<Double>> measure(Path work) throws IOException {
    var network =
        new TrainerSettings.Network(Optional.empty(), layers, hidden, 4, 4 * hidden, 2_000, 64);
    var runs = new TrainingRun(work, network, batch, WARM_UP, steps);
    var measured = new LinkedHashMap<Contender, List<Double>>();
    for (int round = 1; round <= rounds; round++) {
      for (Contender contender : List.of(alone(), plain(), cosee())) {
        measured
            .computeIfAbsent(contender, _ -> new ArrayList<>())
            .add(runs.stepsPerSecond(contender));
      }
      say("Round %d of %d is measured.", round, rounds);
    }
    return measured;
  }

  private void print(Map<Contender, List<Double>> measured) {
    var table = new TextTable("training", "threads", "steps/s", "texts/s");
    measured.forEach((contender, rates) ->
        table.row(
            contender.name(),
            Integer.toString(contender.threads()),
            String.format(Locale.ROOT, "%.2f", median(rates)),
            String.format(Locale.ROOT, "%.0f", batch * median(rates))));
    PrintWriter out = spec.commandLine().getOut();
    out.println();
    out.println(table.render());
    say("All threads over one: %.2f", ratio(measured, plain(), alone()));
    say(
        "COSEE's thresholds and weights: %.1f %% of a step",
        100 * (1 - ratio(measured, cosee(), plain())));
  }

  private Map<String, Object> numbers(Map<Contender, List<Double>> measured) {
    var numbers = new LinkedHashMap<String, Object>();
    numbers.put("host", Host.describe());
    numbers.put("threads", threads);
    numbers.put("layers", layers);
    numbers.put("hidden", hidden);
    numbers.put("batch", batch);
    numbers.put("threadsOverOne", ratio(measured, plain(), alone()));
    numbers.put("coseeOverSum", ratio(measured, cosee(), plain()));
    var rates = new LinkedHashMap<String, Object>();
    measured.forEach((contender, rounded) -> rates.put(contender.name(), rounded));
    numbers.put("stepsPerSecond", rates);
    return numbers;
  }

  /** Of the rounds' ratios, so that what slows a whole round down is in both. */
  private static double ratio(
      Map<Contender, List<Double>> measured, Contender one, Contender other) {
    List<Double> ones = measured.getOrDefault(one, List.of());
    List<Double> others = measured.getOrDefault(other, List.of());
    double[] ratios = new double[ones.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = ones.get(i) / others.get(i);
    }
    return Medians.of(ratios);
  }

  private static double median(List<Double> values) {
    return Medians.of(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private void say(String format, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }
}
