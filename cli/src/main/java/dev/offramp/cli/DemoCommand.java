package dev.offramp.cli;

import dev.offramp.cli.LabelledSentences.Sentence;
import dev.offramp.client.ModelInfo;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Tier;
import dev.offramp.model.io.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code offramp demo}: the whole line on real parts. Compiles the shipped checkpoint for this CPU,
 * serves it from a process of its own, and sends our labelled sentences through the client over
 * gRPC at every tier.
 */
@Command(
    name = "demo",
    description =
        "Compiles the shipped model for this CPU, serves it, and measures every tier over gRPC.")
final class DemoCommand implements Callable<Integer> {
  private static final int WARM_UP_ROUNDS = 4;
  private static final String ARTIFACT = "demo.offramp";

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "The checkpoint to show (default: the one that ships, models/sst2-small).")
  private @Nullable Path checkpoint;

  @Option(
      names = "--sentences",
      paramLabel = "FILE",
      description =
          "sentence<TAB>label with a header, labels as the model names them (default:"
              + " models/sentences.tsv).")
  private @Nullable Path sentences;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "11",
      description = "Rounds over all tiers; medians are over rounds.")
  private int rounds;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      defaultValue = "32",
      description = "Requests in flight where throughput is measured.")
  private int inFlight;

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path home = Path.of(System.getProperty("offramp.home", "."));
    Path model = checkpoint == null ? home.resolve("models/sst2-small") : checkpoint;
    Path texts = sentences == null ? home.resolve("models/sentences.tsv") : sentences;
    if (rounds < 1 || inFlight < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--rounds: " + rounds + ", --in-flight: " + inFlight + " (expected: both >= 1)");
    }
    List<Sentence> labelled = LabelledSentences.read(texts);
    Path work = Files.createTempDirectory("offramp-demo-");
    try {
      compile(model, shown(home, model), work);
      serveAndMeasure(texts, labelled, work);
    } finally {
      AtomicFiles.deleteTree(work); // A failure's message has the end of the child's log.
    }
    return 0;
  }

  private void compile(Path model, Path shown, Path work) throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    out.println("Compiling " + shown + " for this CPU ...");
    long start = System.nanoTime();
    OfframpProcess.run(
        work.resolve("compile.log"),
        "compile",
        model.toString(),
        "--out",
        work.resolve(ARTIFACT).toString());
    out.printf("  done in %.1f s%n", (System.nanoTime() - start) / 1e9);
  }

  private void serveAndMeasure(Path texts, List<Sentence> labelled, Path work)
      throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    out.println("Starting the server on a free port ...");
    try (ServerProcess server = ServerProcess.start(work, work.resolve(ARTIFACT))) {
      try (var offramp = OfframpClient.connect(server.address())) {
        ModelInfo served = offramp.models().getFirst();
        requireKnown(labelled, served, texts);
        out.printf(
            "  %s %s, %d layers, kernels %s%n",
            served.name(), served.version(), served.layers(), served.target().id());
        DemoReport report = measure(offramp, served, labelled, out);
        out.println();
        out.print(report.table());
        out.flush();
        json.write(report.json());
      }
      server.stop();
      out.println("Server drained and stopped.");
    }
  }

  private DemoReport measure(
      OfframpClient offramp, ModelInfo served, List<Sentence> labelled, PrintWriter out)
      throws InterruptedException {
    List<Tier> tiers =
        served.tiers().stream()
            .sorted(Comparator.comparingDouble(ModelInfo.TierInfo::layerSpeedup))
            .map(ModelInfo.TierInfo::tier)
            .toList();
    List<TierLoad> loads =
        tiers.stream().map(tier -> new TierLoad(offramp, tier, labelled, false)).toList();
    var warm = new TierLoad(offramp, tiers.getLast(), labelled, true);
    out.printf(
        "Sending %d sentences at %d tiers over gRPC, %d rounds, tiers taking turns ...%n",
        labelled.size(), tiers.size(), rounds);
    out.flush();
    try (ProgressBar bar =
        Progress.bar("Measuring", (long) (WARM_UP_ROUNDS + rounds) * (tiers.size() + 1))) {
      // The cache's turn: the full trace of a text answers every bolder tier too.
      new TierLoad(offramp, tiers.getFirst(), labelled, true).oneAtATime();
      for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
        if (round == 0) {
          loads.forEach(TierLoad::reset);
          warm.reset();
        }
        for (TierLoad load : loads) {
          load.oneAtATime();
          load.saturating(inFlight, 2);
          bar.step();
        }
        warm.oneAtATime();
        warm.saturating(inFlight, 2);
        bar.step();
      }
    }
    return new DemoReport(served, labelled.size(), rounds, inFlight, loads, warm);
  }

  private static void requireKnown(List<Sentence> labelled, ModelInfo served, Path texts) {
    for (Sentence sentence : labelled) {
      if (!served.labels().contains(sentence.label())) {
        throw new CommandFailedException(
            "%s: label '%s' (expected: one of the model's, %s)"
                .formatted(texts, sentence.label(), served.labels()));
      }
    }
  }

  private static Path shown(Path home, Path path) {
    return path.startsWith(home) ? home.relativize(path) : path;
  }
}
