package dev.offramp.bench.serving;

import dev.offramp.cli.Host;
import dev.offramp.cli.JsonFileOption;
import dev.offramp.cli.LabelledSentences;
import dev.offramp.cli.TextTable;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.io.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/** {@code offramp bench soak}: what becomes of a server that gets more than it can answer. */
@Command(
    name = "soak",
    description = {
      "Serves the model that ships from a process on one CPU, and sends it more than it can answer"
          + " from another, again and again: a third of the calls with deadlines of 1 to 100 ms, a"
          + " tenth given up. All must end, its memory stay, and light calls be as fast as before"
          + " soon after."
    })
public final class SoakCommand implements Callable<Integer> {

  @Option(
      names = "--calls",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Calls each time (default: ${DEFAULT-VALUE}).")
  private int calls;

  @Option(
      names = "--overload",
      paramLabel = "X",
      defaultValue = "" + SoakBench.OVERLOAD,
      description = "How many times as many as it can answer (default: ${DEFAULT-VALUE}).")
  private double overload;

  @Option(
      names = "--times",
      paramLabel = "N",
      defaultValue = "1",
      description = "Soaks of the same server, one after the other (default: ${DEFAULT-VALUE}).")
  private int times;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "8",
      description =
          "How long what it can answer is measured; before, it is warmed for four times as long"
              + " (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Mixin private JsonFileOption json = new JsonFileOption();
  @Spec private CommandSpec spec;

  /** For picocli. */
  public SoakCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (calls < 1 || times < 1 || seconds < 1 || !(overload > 0 && overload <= 100)) {
      throw new ParameterException(
          spec.commandLine(),
          "--calls: %d, --times: %d, --seconds: %d, --overload: %s (expected: >= 1, >= 1, >= 1, above 0 and at most 100)"
              .formatted(calls, times, seconds, overload));
    }
    Path home = Path.of(System.getProperty("offramp.home", "."));
    List<Query> queries =
        LabelledSentences.read(home.resolve("models/sentences.tsv")).stream()
            .map(sentence -> Query.of(sentence.text()).withExit(Tier.FULL).withoutCache())
            .toList();
    Path work = Files.createTempDirectory("offramp-bench-soak");
    try {
      say("Compiling the model that ships for this CPU ...");
      Artifact model = Served.compile(work, "small", home.resolve("models/sst2-small"));
      Seats seats = Seats.choose();
      seats.sitAsClient();
      List<Soak.Result> results =
          new SoakBench(work, seats, Duration.ofSeconds(seconds), this::say)
              .run(model, queries, calls, overload, times);
      PrintWriter out = spec.commandLine().getOut();
      out.println();
      out.print(table(results));
      out.flush();
      var numbers = new LinkedHashMap<String, Object>();
      numbers.put("host", Host.describe());
      numbers.put("overload", overload);
      numbers.put("soaks", results);
      json.write(numbers);
    } finally {
      AtomicFiles.deleteTree(work);
    }
    return 0;
  }

  /** A line a soak: what became of calls, and how the server came out of it. */
  static String table(List<Soak.Result> soaks) {
    var table =
        new TextTable(
            "calls",
            "answered",
            "early",
            "refused",
            "expired",
            "given up",
            "failed",
            "unended",
            "errors",
            "MiB before",
            "half way",
            "after",
            "as before after, ms");
    for (Soak.Result soak : soaks) {
      table.row(
          Integer.toString(soak.calls()),
          Integer.toString(soak.answered()),
          Integer.toString(soak.anytime()),
          Integer.toString(soak.refused()),
          Integer.toString(soak.expired()),
          Integer.toString(soak.cancelled()),
          Integer.toString(soak.failed()),
          Integer.toString(soak.unended()),
          Long.toString(soak.serverErrors()),
          Long.toString(soak.bytesBefore() >> 20),
          Long.toString(soak.bytesMid() >> 20),
          Long.toString(soak.bytesAfter() >> 20),
          "%.0f".formatted(soak.recoveryMillis()));
    }
    return table.render();
  }

  private void say(String format, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }
}
