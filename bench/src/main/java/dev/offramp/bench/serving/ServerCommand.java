package dev.offramp.bench.serving;

import dev.offramp.cli.Host;
import dev.offramp.cli.JsonFileOption;
import dev.offramp.cli.LabelledSentences;
import dev.offramp.cli.TextTable;
import dev.offramp.model.io.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp bench server}: what server and client cost beside the engine. */
@Command(
    name = "server",
    description = {
      "Serves a model of BERT-base's size with random weights, and the one that ships, from a process"
          + " on one CPU, and asks from another: throughput at full load against the engine by"
          + " itself on the same CPU, latency one text at a time against the same, and answers from"
          + " the cache a second. Every layer runs, the cache is off unless it is what is measured."
          + " Both take turns.",
      "What extras cost both at tier x2: cache misses, an experiment with 1 %% audits, and the p99"
          + " while the model is swapped under half of the full load.",
      "Then 100,000 calls come 1.2 times as fast as they can be answered, some with deadlines, some"
          + " given up: all must end, and memory stay. Leave the machine alone meanwhile."
    })
public final class ServerCommand implements Callable<Integer> {

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are over rounds (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "8",
      description =
          "How long each load is measured; four times as long at BERT-base's size, and for what"
              + " extras cost half as long, or three times as long (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--calls",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Calls beyond what can be answered; 0: none (default: ${DEFAULT-VALUE}).")
  private int calls;

  @Mixin private JsonFileOption json = new JsonFileOption();
  @Spec private CommandSpec spec;

  /** For picocli. */
  public ServerCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || seconds < 1 || calls < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--rounds: %d, --seconds: %d, --calls: %d (expected: >= 1, >= 1, >= 0)"
              .formatted(rounds, seconds, calls));
    }
    Path home = Path.of(System.getProperty("offramp.home", "."));
    List<String> sentences =
        LabelledSentences.read(home.resolve("models/sentences.tsv")).stream()
            .map(LabelledSentences.Sentence::text)
            .toList();
    Seats seats = Seats.choose();
    if (!seats.areApart()) {
      say("There is one CPU only: client and server share it, and every number is worse for it.");
    }
    Path work = Files.createTempDirectory("offramp-bench-server");
    try {
      var bench = new ServerBench(work, seats, rounds, seconds, this::say);
      ServerRun run = bench.run(home.resolve("models/sst2-small"), sentences, calls);
      print(run);
      var numbers = new LinkedHashMap<String, Object>();
      numbers.put("host", Host.describe());
      numbers.putAll(run.json());
      json.write(numbers);
    } finally {
      AtomicFiles.deleteTree(work);
    }
    return 0;
  }

  private void print(ServerRun run) {
    PrintWriter out = spec.commandLine().getOut();
    var throughput = new TextTable("one CPU, every layer", "engine/s", "over gRPC/s", "ratio");
    row(throughput, "BERT-base's size", run.base());
    row(throughput, "the model that ships", run.small());
    out.println();
    out.println(throughput.render());
    var latency = new TextTable("one text at a time, ms", "engine", "client", "added");
    latency.row(
        "p50",
        fixed(ServerRun.median(run.latencies(), ServerRun.Latency::engineP50)),
        fixed(ServerRun.median(run.latencies(), ServerRun.Latency::clientP50)),
        fixed(run.addedMillisP50()));
    latency.row(
        "p99",
        fixed(ServerRun.median(run.latencies(), ServerRun.Latency::engineP99)),
        fixed(ServerRun.median(run.latencies(), ServerRun.Latency::clientP99)),
        fixed(run.addedMillisP99()));
    out.println(latency.render());
    say("Answers from the cache a second: %,.0f", run.cacheHitsPerSecond());
    costs("what extras cost at BERT-base's size", run.baseCosts());
    costs("what extras cost the model that ships", run.smallCosts());
    Soak.Result soak = run.soak();
    if (soak != null) {
      out.print(SoakCommand.table(List.of(soak)));
    }
  }

  private static void row(TextTable table, String name, List<ServerRun.Throughput> rounds) {
    table.row(
        name,
        "%.1f".formatted(ServerRun.median(rounds, ServerRun.Throughput::engine)),
        "%.1f".formatted(ServerRun.median(rounds, ServerRun.Throughput::grpc)),
        fixed(ServerRun.median(rounds, ServerRun.Throughput::ratio)));
  }

  private void costs(String title, ServingCosts.Result measured) {
    var costs = new TextTable(title, "without", "with", "ratio");
    pairs(costs, "cache misses, answers/s", measured.misses());
    pairs(costs, "experiment by request, 1 % audits, answers/s", measured.requests());
    pairs(costs, "experiment by unit, 1 % audits, answers/s", measured.units());
    costs.row(
        "swaps under half of full load, p99 in ms",
        fixed(ServerRun.median(measured.swaps(), Swaps.Result::calmP99)),
        fixed(ServerRun.median(measured.swaps(), Swaps.Result::swapP99)),
        fixed(measured.swapRatio()));
    spec.commandLine().getOut().println(costs.render());
    say("%,d exposures and %,d audits were counted.", measured.exposures(), measured.audits());
  }

  private static void pairs(TextTable table, String name, List<ServingCosts.Pair> pairs) {
    table.row(
        name,
        "%.1f".formatted(ServerRun.median(pairs, ServingCosts.Pair::without)),
        "%.1f".formatted(ServerRun.median(pairs, ServingCosts.Pair::with)),
        fixed(ServerRun.median(pairs, ServingCosts.Pair::ratio)));
  }

  private void say(String format, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }

  private static String fixed(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
