package dev.offramp.cli;

import dev.offramp.cli.load.ArrivalPlan;
import dev.offramp.cli.load.ClientTarget;
import dev.offramp.cli.load.LoadClock;
import dev.offramp.cli.load.LoadPicture;
import dev.offramp.cli.load.LoadResult;
import dev.offramp.cli.load.LoadRun;
import dev.offramp.cli.load.Outcome;
import dev.offramp.cli.load.TierMix;
import dev.offramp.cli.load.Workload;
import dev.offramp.client.Input;
import dev.offramp.client.ModelInfo;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import dev.offramp.client.UnavailableException;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.data.TextRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code offramp load}: how a running server answers calls that come at a fixed rate. */
@Command(
    name = "load",
    description = {
      "Sends texts to a running server at a fixed rate, whatever it answers, and measures latency"
          + " from when each call was due.",
      "Ctrl-C ends it early; what was measured by then is reported."
    },
    footer = {
      "",
      "Example:",
      "  offramp load --rate 500 --seconds 60 --warm-up 10s --tiers x2=0.7,x4=0.3 --data texts.tsv"
          + " --no-cache --plot load.png"
    },
    exitCodeList = {
      "0:done",
      "1:failed, for the reason printed; also where no call was answered",
      "2:wrong usage",
      "130, 143:reported and ended after Ctrl-C, SIGTERM"
    })
final class LoadCommand implements Callable<Integer> {
  private static final int MOST_CONNECTIONS = 1_000;
  private static final double NANOS_PER_SECOND = 1e9;

  /** More than a stopped run needs to end and report. */
  private static final Duration REPORT_LIMIT = Duration.ofSeconds(10);

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "localhost:7070",
      description = "The server to measure.")
  private String server;

  @Option(
      names = "--rate",
      required = true,
      paramLabel = "R",
      showDefaultValue = Visibility.NEVER,
      description = "Calls a second, at most 1000000.")
  private double rate;

  @Option(
      names = "--seconds",
      required = true,
      paramLabel = "S",
      showDefaultValue = Visibility.NEVER,
      description = "How long to measure, at most a day.")
  private double seconds;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description =
          "Texts or sentence pairs in any layout, or one text a line; sent round and round in a"
              + " shuffled order.")
  private Path data;

  @Mixin private FormatOption format = new FormatOption();

  @Option(
      names = "--tiers",
      paramLabel = "NAME=WEIGHT,...",
      defaultValue = "full",
      description = "Which tiers calls ask for and how often, such as x2=0.7,x4=0.3.")
  private String tiers;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "",
      showDefaultValue = Visibility.NEVER,
      description = "The model (default: the server's only one).")
  private String model;

  @Option(
      names = "--deadline",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description =
          "How long a call may take from when it is sent. Answers count as good within it from when"
              + " they were due.")
  private Duration deadline;

  @Option(
      names = "--poisson",
      description = "Exponential gaps between calls, as of many independent users.")
  private boolean poisson;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of random gaps, the order of texts, and the draw of tiers.")
  private long seed;

  @Option(
      names = "--warm-up",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "0s",
      description = "Send so long before anything is counted.")
  private Duration warmUp;

  @Option(names = "--no-cache", description = "Neither read nor fill the server's cache.")
  private boolean noCache;

  @Option(names = "--truncate", description = "Let a text that is too long be cut.")
  private boolean truncate;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "1",
      description = "Connections, which take turns.")
  private int connections;

  @Option(
      names = "--max-outstanding",
      paramLabel = "N",
      defaultValue = "" + LoadRun.DEFAULT_MAX_OUTSTANDING,
      description = "Calls in flight before further ones are dropped, and counted as that.")
  private int maxOutstanding;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description =
          "Draw latency by percentile, and latency and throughput over time; FILE ends in .png or"
              + " .svg.")
  private @Nullable Path plot;

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ArrivalPlan plan = Usage.of(spec, this::plan);
    TierMix mix = Usage.of(spec, () -> TierMix.parse(tiers));
    // What the file holds is not known yet; the other settings are checked before it is read.
    Usage.of(spec, () -> workload(List.of(new Input.Text("")), mix));
    var clients = new ArrayList<OfframpClient>();
    try {
      Usage.of(spec, () -> connect(clients));
      List<Input> inputs =
          EvaluationTexts.read(data, format.format()).rows().stream()
              .map(LoadCommand::input)
              .toList();
      ModelInfo served = served(clients);
      requireTiers(served, mix);
      var run =
          new LoadRun(
              plan,
              workload(inputs, mix),
              new ClientTarget(clients),
              maxOutstanding,
              LoadClock.SYSTEM);
      measure(run, plan, served, inputs.size());
    } finally {
      clients.forEach(OfframpClient::close);
    }
    return 0;
  }

  private ArrivalPlan plan() {
    if (!(seconds > 0 && seconds <= ArrivalPlan.MAX_DURATION.toSeconds())) {
      throw new IllegalArgumentException(
          "--seconds: %s (expected: above 0 to %d)"
              .formatted(seconds, ArrivalPlan.MAX_DURATION.toSeconds()));
    }
    return new ArrivalPlan(
        rate,
        warmUp,
        Duration.ofNanos(Math.max(1, Math.round(seconds * NANOS_PER_SECOND))),
        poisson ? ArrivalPlan.Gaps.EXPONENTIAL : ArrivalPlan.Gaps.EVEN,
        seed);
  }

  private Workload workload(List<Input> inputs, TierMix mix) {
    return new Workload(inputs, mix, deadline, this::settings, seed);
  }

  private Query settings(Query query) {
    Query set = query.withModel(model);
    set = truncate ? set.withTruncation() : set;
    return noCache ? set.withoutCache() : set;
  }

  private static Input input(TextRow row) {
    return row.pair().isPresent()
        ? new Input.TextPair(row.text(), row.pair().get())
        : new Input.Text(row.text());
  }

  private List<OfframpClient> connect(List<OfframpClient> clients) {
    if (connections < 1 || connections > MOST_CONNECTIONS) {
      throw new IllegalArgumentException(
          "--connections: %d (expected: 1 to %d)".formatted(connections, MOST_CONNECTIONS));
    }
    if (maxOutstanding < 1) {
      throw new IllegalArgumentException(
          "--max-outstanding: %d (expected: >= 1)".formatted(maxOutstanding));
    }
    if (plot != null) {
      LoadPicture.requireEnding(plot);
    }
    for (int i = 0; i < connections; i++) {
      clients.add(OfframpClient.builder(server).executor(Runnable::run).build());
    }
    return clients;
  }

  /** The model that will answer. Asking for it opens each connection before the first call. */
  private ModelInfo served(List<OfframpClient> clients) {
    List<ModelInfo> models = List.of();
    try {
      for (OfframpClient client : clients) {
        models = client.models();
      }
    } catch (UnavailableException e) {
      throw new CommandFailedException(
          e.getMessage()
              + ". Start a server with: offramp serve ARTIFACT, or name another with --server.");
    }
    List<String> names = models.stream().map(ModelInfo::name).distinct().sorted().toList();
    if (model.isEmpty() && names.size() > 1) {
      throw new CommandFailedException("--model: none (expected: one of %s)".formatted(names));
    }
    return models.stream()
        .filter(served -> model.isEmpty() || served.name().equals(model))
        .findFirst()
        .orElseThrow(() ->
            new CommandFailedException(
                "--model: '%s' (expected: one of %s)".formatted(model, names)));
  }

  private static void requireTiers(ModelInfo served, TierMix mix) {
    List<String> known = served.tiers().stream().map(info -> info.tier().name()).toList();
    for (Tier tier : mix.tiers()) {
      if (!known.contains(tier.name())) {
        throw new CommandFailedException(
            "--tiers: '%s' (expected: of model %s, %s)"
                .formatted(tier.name(), served.name(), known));
      }
    }
  }

  private void measure(LoadRun run, ArrivalPlan plan, ModelInfo served, int texts)
      throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "Sending %,d texts round and round to %s %s at %s, tiers %s ...%n",
        texts, served.name(), served.version(), server, tiers);
    out.flush();
    var reported = new CountDownLatch(1);
    Thread ender = new Thread(() -> end(run, reported), "end load");
    Runtime.getRuntime().addShutdownHook(ender);
    try {
      LoadResult result;
      try (var _ = new LoadProgress(run, plan)) {
        result = run.run();
      }
      report(result, served, texts);
    } finally {
      reported.countDown();
      forget(ender);
    }
  }

  /* Ctrl-C: the run ends, and the process waits for its report. */
  private static void end(LoadRun run, CountDownLatch reported) {
    run.stop();
    try {
      var _ = reported.await(REPORT_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // Shutting down already: the hook has done its work.
    }
  }

  private void report(LoadResult result, ModelInfo served, int texts) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.println();
    out.print(new LoadTables(result).render());
    out.flush();
    result
        .lagWarning()
        .ifPresent(warning -> {
          PrintWriter err = spec.commandLine().getErr();
          err.println(spec.commandLine().getColorScheme().errorText("Warning: " + warning));
          err.flush();
        });
    Map<String, @Nullable Object> numbers = new LinkedHashMap<>();
    numbers.put("server", server);
    numbers.put("model", Map.of("name", served.name(), "version", served.version()));
    numbers.put("texts", texts);
    numbers.put("connections", connections);
    numbers.put("cache", !noCache);
    numbers.put("seed", seed);
    numbers.putAll(result.numbers());
    numbers.put("host", Host.describe());
    json.write(numbers);
    if (plot != null) {
      LoadPicture.write(plot, result);
      out.println("Picture: " + plot);
      out.flush();
    }
    requireAnswers(result);
  }

  private static void requireAnswers(LoadResult result) {
    if (result.all().count(Outcome.ANSWERED) == 0) {
      String first =
          result.messages().entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(entry -> ", such as: " + entry.getValue())
              .findFirst()
              .orElse("");
      throw new CommandFailedException(
          "no call was answered of %d sent%s".formatted(result.all().sent(), first));
    }
  }
}
