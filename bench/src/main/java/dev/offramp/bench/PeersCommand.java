package dev.offramp.bench;

import dev.offramp.bench.PeerComparison.Outcome;
import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.cli.Host;
import dev.offramp.cli.JsonFileOption;
import dev.offramp.cli.Progress;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp bench peers}: the same layers on Offramp, ONNX Runtime and PyTorch. */
@Command(
    name = "peers",
    description = {
      "Runs two BERT-base layers on Offramp, ONNX Runtime and PyTorch, in float32, bf16 and int8:"
          + " the same weights, batches and threads, engines taking turns, answers compared before"
          + " anything is timed. A batch of several lengths is padded for those that need it.",
      "About three minutes; on a busy machine compare ratios, not times."
    })
final class PeersCommand implements Callable<Integer> {
  private static final int LAYERS = 2;
  private static final int WARM_UP_ROUNDS = 3;
  private static final long SEED = 1;
  private static final Duration CASE_LIMIT = Duration.ofSeconds(20);

  private static final String OFFRAMP_BF16 = OfframpEngine.name(Precision.BF16);
  private static final String OFFRAMP_INT8 = OfframpEngine.name(Precision.INT8);

  /** Where two workers are compared with one. */
  private static final TokenCase SCALING = new TokenCase(8, 128);

  private static final List<String> ENGINES =
      List.of(
          OfframpEngine.NAME,
          OFFRAMP_BF16,
          OFFRAMP_INT8,
          OnnxRuntimeEngine.NAME,
          OnnxRuntimeEngine.INT8_NAME,
          PyTorchEngine.NAME);

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "25",
      description =
          "Timed rounds a case; medians are over rounds. A case that takes longer than 20 s ends"
              + " with fewer.")
  private int rounds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads each engine may use.")
  private int threads;

  @Option(
      names = "--engines",
      paramLabel = "NAME",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      description = {
        "Which engines to compare: offramp, offramp-bf16, offramp-int8, onnxruntime,"
            + " onnxruntime-int8, pytorch",
        "(default: all that this CPU has instructions for)."
      })
  private List<String> engines = List.of();

  @Option(
      names = "--cases",
      paramLabel = "BxL",
      split = ",",
      defaultValue = "1x32,8x32,8x128,sst2",
      description = {
        "Batches, as sequences x tokens in each, or sst2:",
        "32 sequences with the lengths of SST-2's sentences."
      })
  private List<String> cases = List.of();

  @Option(
      names = "--no-scaling",
      description = "Do not compare two workers with one, as is done where there are two cores.")
  private boolean withoutScaling;

  @Option(names = "--markdown", description = "Print the tables in Markdown.")
  private boolean markdown;

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<TokenCase> batches = batches();
    int longest =
        Stream.concat(batches.stream(), Stream.of(SCALING))
            .mapToInt(TokenCase::longest)
            .max()
            .orElseThrow();
    ModelConfig config = RandomEncoder.bertBase(LAYERS, longest);
    Checkpoint checkpoint = RandomEncoder.checkpoint(config, new Random(SEED));
    PrintWriter out = spec.commandLine().getOut();
    Host.describe().forEach((name, value) -> out.printf("%-8s %s%n", name, value));
    out.printf(
        "layers   %d of hidden size %d, %d heads, feed-forward %d, random weights%n",
        LAYERS, config.hiddenSize(), config.heads(), config.intermediateSize());
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > threads) {
      out.printf(
          Locale.ROOT, "load     %.1f: other work runs here; trust ratios, not times%n", load);
    }
    out.flush();
    var running = new ArrayList<PeerEngine>();
    try {
      for (String name : chosen()) {
        running.add(start(name, checkpoint));
        out.printf("engine   %s: %s%n", name, running.getLast().version());
        out.flush();
      }
      PeersReport report = measure(running, config, batches, out);
      out.println();
      out.print(markdown ? report.markdown() : report.table());
      out.flush();
      json.write(report.json());
    } finally {
      running.forEach(PeerEngine::close);
    }
    return 0;
  }

  private PeersReport measure(
      List<PeerEngine> running, ModelConfig config, List<TokenCase> batches, PrintWriter out) {
    var outcomes = new ArrayList<Outcome>();
    long turns = (long) batches.size() * (WARM_UP_ROUNDS + rounds) * running.size();
    try (ProgressBar bar = Progress.bar("Measuring", turns)) {
      var comparison = new PeerComparison(config, running, threads, bar::step);
      for (TokenCase tokens : batches) {
        var texts = RandomEncoder.texts(tokens, config, new Random(SEED + tokens.hashCode()));
        outcomes.add(comparison.run(texts, WARM_UP_ROUNDS, rounds, CASE_LIMIT));
      }
    }
    for (Outcome outcome : outcomes) {
      var text = new StringBuilder();
      outcome
          .differences()
          .forEach((engine, difference) ->
              text.append(String.format(Locale.ROOT, ", %s %.1e", engine, difference)));
      out.printf(
          "answers  %s: logits of float32 engines within %.1e of each other%s%n",
          outcome.tokens(),
          outcome.maxDifference(),
          text.isEmpty() ? "" : "; from the first:" + text.substring(1));
    }
    Map<String, String> versions = new LinkedHashMap<>();
    running.forEach(engine -> versions.put(engine.name(), engine.version()));
    return new PeersReport(config, versions, outcomes, scaling(running, config));
  }

  private OptionalDouble scaling(List<PeerEngine> running, ModelConfig config) {
    if (!scales()) {
      return OptionalDouble.empty();
    }
    var texts = RandomEncoder.texts(SCALING, config, new Random(SEED));
    return running.stream()
        .filter(engine -> engine.name().equals(OfframpEngine.NAME))
        .mapToDouble(engine -> Scaling.ofTwoWorkers((OfframpEngine) engine, texts, rounds))
        .findFirst();
  }

  /** Whether two workers are compared with one; on more threads everything runs on several. */
  private boolean scales() {
    return !withoutScaling && threads == 1 && Runtime.getRuntime().availableProcessors() >= 2;
  }

  /** The engines asked for, or those that this CPU runs. */
  private List<String> chosen() {
    if (!engines.isEmpty()) {
      return engines;
    }
    boolean bf16 = dev.offramp.server.registry.Host.local().features().contains("avx512_bf16");
    return ENGINES.stream().filter(name -> bf16 || !name.equals(OFFRAMP_BF16)).toList();
  }

  private PeerEngine start(String name, Checkpoint checkpoint)
      throws IOException, InterruptedException {
    Path work = Path.of(System.getProperty("offramp.home", "."), ".offramp", "bench");
    for (Precision precision : List.of(Precision.FLOAT32, Precision.BF16, Precision.INT8)) {
      if (name.equals(OfframpEngine.name(precision))) {
        return OfframpEngine.compile(checkpoint, precision, threads, work);
      }
    }
    return switch (name) {
      case OnnxRuntimeEngine.NAME -> new OnnxRuntimeEngine(checkpoint, threads, false);
      case OnnxRuntimeEngine.INT8_NAME -> new OnnxRuntimeEngine(checkpoint, threads, true);
      case PyTorchEngine.NAME -> new PyTorchEngine(checkpoint, threads);
      default -> throw unknown(name);
    };
  }

  /** The cases, if all options make sense. */
  private List<TokenCase> batches() {
    int cores = Runtime.getRuntime().availableProcessors();
    try {
      if (rounds < 1) {
        throw new IllegalArgumentException("--rounds: " + rounds + " (expected: >= 1)");
      }
      if (threads < 1 || threads > cores) {
        throw new IllegalArgumentException(
            "--threads: " + threads + " (expected: 1 to the " + cores + " cores there are)");
      }
      for (String name : engines) {
        if (!ENGINES.contains(name)) {
          throw unknown(name);
        }
      }
      if (engines.stream().distinct().count() < engines.size()) {
        throw new IllegalArgumentException("--engines: " + engines + " (expected: each once)");
      }
      return cases.stream().map(TokenCase::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "--engines: '" + name + "' (expected: some of " + String.join(", ", ENGINES) + ")");
  }
}
