package dev.offramp.bench.serving;

import static dev.offramp.client.Tier.FULL;

import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.client.Input;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.Lane;
import dev.offramp.server.engine.StepListener;
import dev.offramp.server.natives.CpuAffinity;
import dev.offramp.server.natives.TvmRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Measures server and client against the engine by itself, in turns.
 *
 * <p>Threading: one thread.
 */
final class ServerBench {
  private static final long SEED = 1;
  private static final int BASE_IN_FLIGHT = 48;
  static final int SMALL_IN_FLIGHT = 256;
  private static final int HITS_IN_FLIGHT = 128;

  /**
   * A text of BERT-base's size takes tens of milliseconds, and a batch leaves at a time: a window
   * must see many.
   */
  static final int LARGE_WINDOWS = 4;

  private static final int LIGHT_TEXTS = 2000;
  static final int WARM_UP_TEXTS = 20_000;
  private static final Duration WARM_UP = Duration.ofSeconds(4);

  /** All texts leave after half of the layers. */
  private static final Tiers HALF_WAY =
      new Tiers(
          null,
          List.of(new Tier(CostLoad.TIER, new ExitRule.Threshold(ExitSignal.ENTROPY, 0.5), 2, 1)),
          List.of());

  /** Says how far it is. */
  @FunctionalInterface
  interface Progress {
    void say(String format, Object... values);
  }

  /** A model on both sides: in an engine here, and in a server. */
  private record Side(
      Engine engine, Lane lane, List<EncodedText> texts, Served served, List<Query> queries)
      implements AutoCloseable {

    OfframpClient client() {
      return served.client();
    }

    @Override
    public void close() {
      served.close();
      lane.release();
      engine.close();
    }
  }

  private final Path work;
  private final Seats seats;
  private final int rounds;
  private final Duration window;
  private final Progress progress;

  ServerBench(Path work, Seats seats, int rounds, int seconds, Progress progress) {
    this.work = work;
    this.seats = seats;
    this.rounds = rounds;
    this.window = Duration.ofSeconds(seconds);
    this.progress = progress;
  }

  /**
   * Measures all.
   *
   * @param checkpoint the model that ships
   * @param sentences for it
   * @param calls beyond what can be answered; 0 for none
   */
  ServerRun run(Path checkpoint, List<String> sentences, int calls)
      throws IOException, InterruptedException {
    progress.say("Compiling both models for this CPU ...");
    ModelConfig config = RandomEncoder.bertBase(12, 128);
    Path source = work.resolve("model");
    Checkpoint random = RandomEncoder.checkpoint(config, new Random(SEED));
    RandomEncoder.write(RandomEncoder.leavingAt(random, config.layers() / 2), source);
    HALF_WAY.write(source);
    Artifact base = Served.compile(work, "base", source);
    Artifact small = Served.compile(work, "small", checkpoint);
    seats.sitAsClient();
    var baseRounds = new ArrayList<ServerRun.Throughput>();
    var smallRounds = new ArrayList<ServerRun.Throughput>();
    var latencies = new ArrayList<ServerRun.Latency>();
    var hits = new ArrayList<ClientLoad.Result>();
    List<Query> queries;
    try (Side side = side(base, texts(config))) {
      for (int round = 1; round <= rounds; round++) {
        baseRounds.add(throughput(side, BASE_IN_FLIGHT, window.multipliedBy(LARGE_WINDOWS)));
        progress.say("BERT-base's size: round %d of %d is measured.", round, rounds);
      }
    }
    try (Side side = side(small, sentences, config(small))) {
      // A JVM on one CPU compiles beside what it does.
      var _ =
          new ClientLoad(side.client(), side.queries(), SMALL_IN_FLIGHT)
              .run(WARM_UP, window.multipliedBy(LARGE_WINDOWS));
      var _ = latency(side, WARM_UP_TEXTS); // Other code is hot when texts come one by one.
      for (int round = 1; round <= rounds; round++) {
        smallRounds.add(throughput(side, SMALL_IN_FLIGHT, window));
        latencies.add(latency(side, LIGHT_TEXTS));
        hits.add(hits(side, sentences));
        progress.say("The model that ships: round %d of %d is measured.", round, rounds);
      }
      queries = side.queries();
      side.served().process().stop();
    }
    Soak.@Nullable Result soak =
        calls > 0 ? new SoakBench(work, seats, window, progress).run(small, queries, calls) : null;
    ServingCosts.Result baseCosts = costs(base, CostLoad.ofTokens(config, SEED));
    ServingCosts.Result smallCosts = costs(small, CostLoad.ofSentences(sentences, SEED));
    return new ServerRun(baseRounds, smallRounds, latencies, hits, soak, baseCosts, smallCosts);
  }

  static <T> List<T> repeated(List<T> values, int count) {
    return IntStream.range(0, count).mapToObj(i -> values.get(i % values.size())).toList();
  }

  private ServingCosts.Result costs(Artifact model, CostLoad load)
      throws IOException, InterruptedException {
    return new ServingCosts(work, seats, load, window.dividedBy(2)).run(model, rounds, progress);
  }

  private static ModelConfig config(Artifact artifact) {
    return artifact.manifest().config();
  }

  private static List<EncodedText> texts(ModelConfig config) {
    var random = new Random(SEED);
    var texts = new ArrayList<EncodedText>();
    for (int i = 0; i < 16; i++) {
      for (EncodedText text : RandomEncoder.texts(TokenCase.SST2, config, random)) {
        texts.add(EncodedText.of(text.ids(), new int[text.length()]));
      }
    }
    Collections.shuffle(texts, random);
    return texts;
  }

  private Side side(Artifact artifact, List<EncodedText> texts)
      throws IOException, InterruptedException {
    List<Query> queries =
        texts.stream()
            .map(text -> Query.of(new Input.TokenIds(Arrays.stream(text.ids()).boxed().toList())))
            .map(query -> query.withExit(FULL).withoutCache())
            .toList();
    return open(artifact, texts, queries);
  }

  private Side side(Artifact artifact, List<String> sentences, ModelConfig config)
      throws IOException, InterruptedException {
    List<EncodedText> texts;
    try (Tokenizer tokenizer = Tokenizer.load(artifact.directory(), config.maxPositions())) {
      texts = sentences.stream().map(tokenizer::encode).toList();
    }
    List<Query> queries =
        sentences.stream()
            .map(sentence -> Query.of(sentence).withExit(FULL).withoutCache())
            .toList();
    return open(artifact, texts, queries);
  }

  private Side open(Artifact artifact, List<EncodedText> texts, List<Query> queries)
      throws IOException, InterruptedException {
    Served served = Served.start(work, seats, artifact.directory());
    var settings = new EngineSettings(1, EngineSettings.DEFAULT_BATCH, Served.MAX_WAIT);
    var engine =
        new Engine(
            settings, System::nanoTime, StepListener.none(), _ -> CpuAffinity.pin(seats.server()));
    Lane lane =
        engine.open(
            config(artifact),
            TvmRuntime.backends().open(artifact, artifact.manifest().targets().getFirst()),
            () -> {});
    return new Side(engine, lane, texts, served, queries);
  }

  private ServerRun.Throughput throughput(Side side, int inFlight, Duration window)
      throws InterruptedException {
    ExitRule rule = ExitRule.fullDepth();
    double engine =
        new EngineLoad(side.engine(), side.lane(), side.texts(), inFlight)
            .run(_ -> rule, WARM_UP, window, () -> {})
            .perSecond();
    double grpc =
        new ClientLoad(side.client(), side.queries(), inFlight).run(WARM_UP, window).perSecond();
    return new ServerRun.Throughput(engine, grpc);
  }

  private ServerRun.Latency latency(Side side, int count) {
    List<EncodedText> texts = repeated(side.texts(), count);
    Histogram engine = LightLoad.engine(side.engine(), side.lane(), texts, ExitRule.fullDepth());
    Histogram client = LightLoad.client(side.client(), repeated(side.queries(), count));
    return new ServerRun.Latency(
        millis(engine, 50), millis(engine, 99), millis(client, 50), millis(client, 99));
  }

  private static double millis(Histogram nanos, double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e6;
  }

  private ClientLoad.Result hits(Side side, List<String> sentences) throws InterruptedException {
    List<Query> queries =
        sentences.stream().map(sentence -> Query.of(sentence).withExit(FULL)).toList();
    ClientLoad.Result result =
        new ClientLoad(side.client(), queries, HITS_IN_FLIGHT).run(WARM_UP, window);
    if (result.cached() < 1) {
      throw new IllegalStateException(
          "answers from the cache: %.3f of all (expected: all)".formatted(result.cached()));
    }
    return result;
  }
}
