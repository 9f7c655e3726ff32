package dev.offramp.bench.serving;

import dev.offramp.bench.serving.EngineRun.Line;
import dev.offramp.bench.serving.EngineRun.Round;
import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.cli.Host;
import dev.offramp.cli.JsonFileOption;
import dev.offramp.cli.OfframpProcess;
import dev.offramp.cli.TextTable;
import dev.offramp.cli.load.ArrivalPlan;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.Lane;
import dev.offramp.server.natives.TvmRuntime;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code offramp bench engine}: what layer speed-up becomes in wall-clock time. */
@Command(
    name = "engine",
    description = {
      "Keeps the engine saturated with texts as long as SST-2's, on a model of BERT-base's size with"
          + " random weights. Its exits are made to let go the same share of those who come to them,"
          + " such that texts run a half, a third and a quarter of the layers on average. The"
          + " throughput of each tier is held against the full model's, which evaluates no exit but"
          + " the last; that of all mixed against tier by tier; that of x3 against a server of the"
          + " same kernels that runs batches whole. Then x3 texts with a deadline come at the rate"
          + " that was reached, and at twice that.",
      "Loads take turns in every round. Leave the machine alone meanwhile."
    })
public final class EngineCommand implements Callable<Integer> {
  private static final long SEED = 1;
  private static final int[] SPEEDUPS = {2, 3, 4};
  private static final String COMPARED = "x3";
  private static final int LAYERS = 12;
  private static final int MAX_TOKENS = 128;
  private static final Duration PICTURED = Duration.ofMillis(1500);

  /** Per worker: enough to fill each depth's batch. */
  private static final int IN_FLIGHT = 64;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are over rounds (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "How long each load is measured (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Workers of the engine (default: one a core).")
  private int workers = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--deadline",
      paramLabel = "MS",
      defaultValue = "2000",
      description =
          "The deadline of texts that come at a rate, in milliseconds (default: ${DEFAULT-VALUE}).")
  private int deadlineMillis;

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      description = "Draw which layers ran when under x3 as a PNG.")
  private @Nullable Path picture;

  @Mixin private JsonFileOption json = new JsonFileOption();
  @Spec private CommandSpec spec;

  private final StepRecorder steps = new StepRecorder();

  /** For picocli. */
  public EngineCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || seconds < 1 || workers < 1 || deadlineMillis < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--rounds: %d, --seconds: %d, --workers: %d, --deadline: %d (expected: all >= 1)"
              .formatted(rounds, seconds, workers, deadlineMillis));
    }
    Path work = Files.createTempDirectory("offramp-bench-engine");
    try {
      EngineRun run = measure(work);
      print(run);
      var numbers = new LinkedHashMap<String, Object>();
      numbers.put("host", Host.describe());
      numbers.put("workers", workers);
      numbers.put("deadlineMillis", deadlineMillis);
      numbers.putAll(run.json(COMPARED));
      json.write(numbers);
    } finally {
      AtomicFiles.deleteTree(work);
    }
    return 0;
  }

  private EngineRun measure(Path work) throws IOException, InterruptedException {
    ModelConfig config = RandomEncoder.bertBase(LAYERS, MAX_TOKENS);
    say("Compiling %d layers of BERT-base's size for this CPU ...", LAYERS);
    Path source = work.resolve("model");
    Path compiled = work.resolve("model.offramp");
    RandomEncoder.write(RandomEncoder.checkpoint(config, new Random(SEED)), source);
    OfframpProcess.run(
        work.resolve("compile.log"), "compile", source.toString(), "--out", compiled.toString());
    Artifact artifact = Artifact.open(compiled);
    var real = TvmRuntime.backends().open(artifact, artifact.manifest().targets().getFirst());
    var backend = new ForcedExits(real, config.layers(), config.classes());
    List<EncodedText> texts = texts(config);
    var settings =
        new EngineSettings(
            workers,
            EngineSettings.DEFAULT_BATCH,
            EngineSettings.DEFAULT_MAX_WAIT.multipliedBy(60));
    var baseline =
        new WholeBatches(backend, config.layers(), config.classes(), settings.batch(), texts);
    try (var engine = new Engine(settings, System::nanoTime, steps)) {
      Lane lane = engine.open(config, backend, () -> {});
      try {
        return rounds(engine, lane, baseline, texts);
      } finally {
        lane.release();
      }
    }
  }

  private EngineRun rounds(Engine engine, Lane lane, WholeBatches baseline, List<EncodedText> texts)
      throws InterruptedException {
    var measured = new ArrayList<Round>();
    var load = new EngineLoad(engine, lane, texts, workers * IN_FLIGHT);
    var paced =
        new PacedLoad(
            engine, lane, texts, ForcedExits.rule(LAYERS, 3), Duration.ofMillis(deadlineMillis));
    for (int round = 1; round <= rounds; round++) {
      measured.add(round(load, baseline, paced, round));
      say("Round %d of %d is measured.", round, rounds);
    }
    return new EngineRun(LAYERS, measured);
  }

  private Round round(EngineLoad load, WholeBatches baseline, PacedLoad paced, int round)
      throws InterruptedException {
    var window = Duration.ofSeconds(seconds);
    // As long as it takes to fill every depth.
    var warmUp = Duration.ofSeconds(Math.max(4, seconds / 2));
    var tiers = new LinkedHashMap<String, ExitRule>();
    tiers.put(EngineRun.FULL, ExitRule.fullDepth());
    for (int speedup : SPEEDUPS) {
      tiers.put("x" + speedup, ForcedExits.rule(LAYERS, speedup));
    }
    var loads = new LinkedHashMap<String, EngineLoad.Result>();
    for (var tier : tiers.entrySet()) {
      boolean drawn = picture != null && round == 1 && tier.getKey().equals(COMPARED);
      loads.put(
          tier.getKey(),
          load.run(
              _ -> tier.getValue(),
              warmUp,
              window,
              () -> {
                if (drawn) {
                  steps.record(PICTURED);
                }
              }));
    }
    List<ExitRule> all = List.copyOf(tiers.values());
    EngineLoad.Result mixed = load.run(n -> all.get(n % all.size()), warmUp, window, () -> {});
    ExitRule compared = ForcedExits.rule(LAYERS, 3);
    double whole = baseline.run(compared, workers, window);
    double capacity = load.run(_ -> compared, warmUp, window, () -> {}).perSecond();
    var atCapacity = new ArrivalPlan(capacity, warmUp, window, ArrivalPlan.Gaps.EXPONENTIAL, round);
    var overload =
        new ArrivalPlan(2 * capacity, warmUp, window, ArrivalPlan.Gaps.EXPONENTIAL, round);
    return new Round(loads, mixed, whole, paced.run(atCapacity), paced.run(overload));
  }

  private void print(EngineRun run) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    var table =
        new TextTable(
            "tier", "texts/s", "mean exit depth", "layer speed-up", "wall speed-up", "wall/layer");
    for (Line line : run.lines()) {
      table.row(
          line.name(),
          fixed(1, line.perSecond()),
          fixed(2, line.meanDepth()),
          fixed(2, line.layerSpeedup()) + "x",
          fixed(2, line.wallSpeedup()) + "x",
          fixed(3, line.ratio()));
    }
    out.println();
    out.println(table.render());
    var paced =
        new TextTable(
            "texts with a deadline", "offered/s", "in time/s", "anytime/s", "late/s", "refused/s");
    paced.row(pacedRow(run, "at capacity", Round::atCapacity));
    paced.row(pacedRow(run, "at twice that", Round::overloaded));
    out.println(paced.render());
    say("All tiers mixed, over the same texts tier by tier: %.3f", run.mixedTiers());
    say(
        "%s over a server that runs batches whole: %.2fx",
        COMPARED, run.overWholeBatches(COMPARED));
    say(
        "Answers in time at twice the capacity, over those at capacity: %.3f",
        run.overloadGoodput());
    if (picture != null) {
      new TimelinePicture(
              "What the workers run at full load, tier " + COMPARED,
              steps.steps(),
              workers,
              LAYERS,
              PICTURED)
          .write(picture);
      say("Picture: %s", picture);
    }
  }

  private static String[] pacedRow(
      EngineRun run, String name, java.util.function.Function<Round, PacedLoad.Result> load) {
    return new String[] {
      name,
      fixed(1, run.median(round -> load.apply(round).offered())),
      fixed(1, run.median(round -> load.apply(round).inTime())),
      fixed(1, run.median(round -> load.apply(round).anytime())),
      fixed(1, run.median(round -> load.apply(round).late())),
      fixed(1, run.median(round -> load.apply(round).refused() + load.apply(round).expired()))
    };
  }

  private void say(String format, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }

  private static String fixed(int digits, double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /** Enough texts that the window sees each but a few times. */
  private static List<EncodedText> texts(ModelConfig config) {
    var random = new Random(SEED);
    var texts = new ArrayList<EncodedText>();
    for (int i = 0; i < 64; i++) {
      texts.addAll(RandomEncoder.texts(TokenCase.SST2, config, random));
    }
    Collections.shuffle(texts, random);
    return texts;
  }
}
