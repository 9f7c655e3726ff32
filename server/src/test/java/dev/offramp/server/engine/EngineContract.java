package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every backend must do, alone and under the engine. A subclass opens the backend; the model
 * is a random one, the same for all.
 *
 * <p>Seeds are the tests' parameters, so a failing name says how to see it again.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(300)
public abstract class EngineContract {

  private static final int MAX_TOKENS = 160;
  private static final int MAX_SEQUENCES = 24;
  private static final List<Priority> PRIORITIES = List.of(Priority.values());

  /** The shape that a backend is tried with. */
  protected static final ModelConfig BERT = RandomModels.config(5, 32, 4, 64, 3);

  private final ModelConfig config;
  private final Checkpoint checkpoint;
  private final ReferenceModel reference;
  private Backend backend;

  /** On a random BERT. */
  protected EngineContract() {
    this(BERT);
  }

  /** On a random model of another shape. */
  protected EngineContract(ModelConfig config) {
    this.config = config;
    this.checkpoint = RandomModels.checkpoint(config, new Random(20_261_124));
    this.reference = new ReferenceModel(checkpoint);
    this.backend = new ReferenceBackend(checkpoint);
  }

  /** Opens the backend under test for a checkpoint. Called once. */
  protected abstract Backend open(Checkpoint checkpoint) throws Exception;

  /** How far a logit may be from the reference, which computes in double. */
  protected abstract double tolerance();

  @BeforeAll
  void openBackend() throws Exception {
    backend = open(checkpoint);
  }

  @AfterAll
  void closeBackend() {
    backend.close();
  }

  static Stream<Long> seeds() {
    return Stream.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void exits_raggedBatch_logitsAreTheReferences(long seed) {
    List<EncodedText> texts = texts(new Random(seed));
    List<float[]> logits = runAll(texts);
    for (int s = 0; s < texts.size(); s++) {
      Trace expected = reference.trace(texts.get(s));
      for (int depth = 1; depth <= config.layers(); depth++) {
        for (int c = 0; c < config.classes(); c++) {
          assertThat((double) logits.get(depth - 1)[s * config.classes() + c])
              .as("text %d of %d, depth %d, class %d", s, texts.size(), depth, c)
              .isCloseTo(expected.logits(depth)[c], within(tolerance()));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void exits_textsDroppedOnTheWay_bitsAreThoseOfTheTextAlone(long seed) {
    var random = new Random(seed);
    List<EncodedText> texts = texts(random);
    List<Trace> alone = texts.stream().map(this::alone).toList();
    var live = new ArrayList<>(IntStream.range(0, texts.size()).boxed().toList());
    try (LayerKernels kernels = backend.kernels(MAX_TOKENS, MAX_SEQUENCES)) {
      float[] logits = new float[MAX_SEQUENCES * config.classes()];
      kernels.start(texts);
      for (int depth = 1; depth <= config.layers() && !live.isEmpty(); depth++) {
        kernels.layer(depth);
        kernels.exit(depth, logits);
        for (int s = 0; s < live.size(); s++) {
          assertThat(row(logits, s))
              .as("text %d as number %d at depth %d", live.get(s), s, depth)
              .containsExactly(alone.get(live.get(s)).logits(depth));
        }
        int[] kept = IntStream.range(0, live.size()).filter(s -> random.nextInt(3) > 0).toArray();
        if (kept.length > 0 && kept.length < live.size()) {
          kernels.keep(kept, kept.length);
          live = new ArrayList<>(Arrays.stream(kept).mapToObj(live::get).toList());
        }
      }
    }
  }

  @Test
  void exits_bufferFilledToTheLastRow_bitsAreThoseOfTheTextAlone() {
    var random = new Random(99);
    List<EncodedText> texts = new ArrayList<>();
    int left = MAX_TOKENS;
    while (left > 0) {
      int length = Math.min(left, config.maxPositions());
      texts.add(RandomModels.text(config, length, random));
      left -= length;
    }
    List<float[]> logits = runAll(texts);
    for (int s = 0; s < texts.size(); s++) {
      Trace alone = alone(texts.get(s));
      for (int depth = 1; depth <= config.layers(); depth++) {
        assertThat(row(logits.get(depth - 1), s)).containsExactly(alone.logits(depth));
      }
    }
  }

  @Test
  void start_moreThanTheBuffersHold_isRefusedAndTheNextBatchRuns() {
    try (LayerKernels kernels = backend.kernels(config.maxPositions(), 1)) {
      EncodedText longest = RandomModels.text(config, config.maxPositions(), new Random(1));
      assertThatThrownBy(() -> kernels.start(List.of(longest, longest)))
          .isInstanceOf(IllegalArgumentException.class);
      kernels.start(List.of(longest));
      kernels.layer(1);
      float[] logits = new float[config.classes()];
      kernels.exit(1, logits);
      assertThat(logits).containsExactly(alone(longest).logits(1));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void engine_mixedRulesInOneBatch_answersAreThoseOfTheTextAlone(long seed)
      throws ExecutionException, InterruptedException {
    var random = new Random(seed);
    try (var engine = new Engine(settings(), System::nanoTime)) {
      // The lane would close the backend, which the next test needs.
      Lane lane = engine.open(config, new Borrowed(backend), () -> {});
      var asked = new ArrayList<Asked>();
      for (int i = 0; i < 100; i++) {
        EncodedText text = text(random);
        ExitRule rule = rule(random);
        asked.add(new Asked(text, rule, offer(engine, lane, text, rule)));
      }
      var depths = new ArrayList<Integer>();
      for (Asked each : asked) {
        Departure departure = each.answer().get();
        Trace alone = alone(each.text());
        assertThat(departure.exit()).isEqualTo(alone.exit(each.rule()).orElseThrow());
        assertThat(departure.trace()).isEqualTo(prefix(alone, departure.exit().depth()));
        depths.add(departure.exit().depth());
      }
      assertThat(depths).as("exit depths").contains(1, config.layers());
      lane.release();
    }
  }

  private static EngineSettings settings() {
    return new EngineSettings(2, new BatchLimits(MAX_TOKENS, MAX_SEQUENCES), Duration.ofMinutes(5));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void exits_rowsSavedAndPutBackBesideOthers_bitsAreThoseOfTheTextAlone(long seed) {
    var random = new Random(seed);
    List<EncodedText> texts = texts(random);
    List<Trace> alone = texts.stream().map(this::alone).toList();
    int cut = random.nextInt(texts.size());
    try (LayerKernels kernels = backend.kernels(MAX_TOKENS, MAX_SEQUENCES)) {
      float[] logits = new float[MAX_SEQUENCES * config.classes()];
      var saved = new ArrayList<float[]>();
      for (EncodedText text : texts) {
        kernels.start(List.of(text));
        kernels.layer(1);
        saved.add(new float[text.length() * config.hiddenSize()]);
        kernels.save(0, saved.getLast());
      }
      Collections.reverse(saved);
      kernels.resume(saved.subList(0, cut));
      if (cut == 0) {
        kernels.resume(saved);
      } else {
        kernels.join(saved.subList(cut, saved.size()));
      }
      for (int depth = 2; depth <= config.layers(); depth++) {
        kernels.layer(depth);
        kernels.exit(depth, logits);
        for (int s = 0; s < texts.size(); s++) {
          assertThat(row(logits, s)).containsExactly(alone.get(texts.size() - 1 - s).logits(depth));
        }
      }
    }
  }

  /**
   * Thousands of random batches: texts of all lengths, mixed rules, some of them resumed from an
   * earlier answer's rows or joined on their way, through two workers that park and merge them.
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void engine_parkedMergedResumedOrJoined_answersAreThoseOfTheTextAlone(long seed)
      throws ExecutionException, InterruptedException {
    var random = new Random(seed);
    var steps = new AtomicInteger();
    var parked = new AtomicInteger();
    try (var engine =
        new Engine(
            settings(),
            System::nanoTime,
            (_, _, _, _, waiting, _, _) -> {
              steps.incrementAndGet();
              parked.accumulateAndGet(waiting, Math::max);
            })) {
      Lane lane = engine.open(config, new Borrowed(backend), () -> {});
      // Dear enough a step for thin batches to be parked.
      lane.cost().note(1, 1_000_000);
      lane.cost().note(100, 2_000_000);
      List<EncodedText> pool = Stream.generate(() -> text(random)).limit(60).toList();
      List<Trace> alone = pool.stream().map(this::alone).toList();
      var asked = new ArrayList<AskedOf>();
      for (int i = 0; i < 400; i++) {
        int which = random.nextInt(pool.size());
        Priority priority = PRIORITIES.get(random.nextInt(PRIORITIES.size()));
        ExitRule rule = rule(random);
        var end = new CompletableFuture<Departure>();
        var caller = new Caller(rule, Caller.NO_DEADLINE, new FutureListener(end));
        Passage.@Nullable Start start =
            random.nextInt(4) == 0
                ? start(pool.get(which), 1 + random.nextInt(config.layers() - 1))
                : null;
        var passage = new Passage(pool.get(which), caller, priority, lane, null, start, true);
        assertThat(engine.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
        boolean whole = start == null;
        asked.add(new AskedOf(which, rule, whole, end));
        if (random.nextBoolean()) {
          ExitRule other = rule(random);
          var joined = new CompletableFuture<Departure>();
          var second = new Caller(other, Caller.NO_DEADLINE, new FutureListener(joined));
          Runnable told = passage.join(second, Priority.HIGH);
          if (told != null) {
            told.run();
            asked.add(new AskedOf(which, other, whole, joined));
          }
        }
      }
      for (AskedOf each : asked) {
        Departure departure = each.answer().get();
        Trace expected = alone.get(each.which());
        int depth = expected.exit(each.rule()).orElseThrow().depth();
        // The rule may have let one go before the depth from which it was resumed.
        int most = each.whole() ? depth : config.layers();
        assertThat(departure.exit().depth()).isBetween(depth, most);
        assertThat(departure.trace()).isEqualTo(prefix(expected, departure.exit().depth()));
      }
      assertThat(parked.get()).as("texts parked at once, of %s steps", steps).isPositive();
      lane.release();
    }
  }

  private record AskedOf(
      int which, ExitRule rule, boolean whole, CompletableFuture<Departure> answer) {}

  /** Where a text is after some layers. */
  private Passage.Start start(EncodedText text, int depth) {
    try (LayerKernels kernels = backend.kernels(MAX_TOKENS, MAX_SEQUENCES)) {
      kernels.start(List.of(text));
      for (int d = 1; d <= depth; d++) {
        kernels.layer(d);
      }
      float[] rows = new float[text.length() * config.hiddenSize()];
      kernels.save(0, rows);
      return new Passage.Start(prefix(alone(text), depth), rows);
    }
  }

  private record Asked(EncodedText text, ExitRule rule, CompletableFuture<Departure> answer) {}

  private static CompletableFuture<Departure> offer(
      Engine engine, Lane lane, EncodedText text, ExitRule rule) {
    var answer = new CompletableFuture<Departure>();
    var passage = new Passage(text, rule, Caller.NO_DEADLINE, new FutureListener(answer));
    assertThat(engine.offer(lane, passage)).isEqualTo(Engine.Offer.ACCEPTED);
    return answer;
  }

  private ExitRule rule(RandomGenerator random) {
    return switch (random.nextInt(5)) {
      case 0 -> ExitRule.fullDepth();
      case 1 -> new ExitRule.Patience(1 + random.nextInt(3));
      case 2 -> new ExitRule.Threshold(ExitSignal.ENERGY, random.nextDouble());
      case 3 -> new ExitRule.Threshold(ExitSignal.ENTROPY, random.nextDouble(), 1.5);
      default ->
          new ExitRule.Threshold(
              ExitSignal.LABEL_SCORE,
              random.nextDouble(ExitSignal.LABEL_SCORE.least(config.classes()), 1));
    };
  }

  /** The logits of all exits, {@code [texts, C]} a depth. */
  private List<float[]> runAll(List<EncodedText> texts) {
    try (LayerKernels kernels = backend.kernels(MAX_TOKENS, MAX_SEQUENCES)) {
      var all = new ArrayList<float[]>();
      kernels.start(texts);
      for (int depth = 1; depth <= config.layers(); depth++) {
        float[] logits = new float[texts.size() * config.classes()];
        kernels.layer(depth);
        kernels.exit(depth, logits);
        all.add(logits);
      }
      return all;
    }
  }

  private Trace alone(EncodedText text) {
    List<float[]> rows = runAll(List.of(text));
    float[] logits = new float[config.layers() * config.classes()];
    for (int d = 0; d < rows.size(); d++) {
      System.arraycopy(rows.get(d), 0, logits, d * config.classes(), config.classes());
    }
    return Trace.of(config.layers(), config.classes(), logits);
  }

  private static Trace prefix(Trace trace, int depth) {
    float[] logits = new float[depth * trace.classes()];
    for (int d = 1; d <= depth; d++) {
      System.arraycopy(trace.logits(d), 0, logits, (d - 1) * trace.classes(), trace.classes());
    }
    return Trace.of(trace.layers(), trace.classes(), logits);
  }

  private float[] row(float[] logits, int s) {
    return Arrays.copyOfRange(logits, s * config.classes(), (s + 1) * config.classes());
  }

  private List<EncodedText> texts(RandomGenerator random) {
    var texts = new ArrayList<EncodedText>();
    int left = MAX_TOKENS;
    EncodedText next = text(random);
    while (next.length() <= left && texts.size() < MAX_SEQUENCES) {
      texts.add(next);
      left -= next.length();
      next = text(random);
    }
    return texts;
  }

  private EncodedText text(RandomGenerator random) {
    return RandomModels.text(config, 1 + random.nextInt(40), random);
  }

  /** A backend that outlives its lane. */
  private record Borrowed(Backend backend) implements Backend {
    @Override
    public LayerKernels kernels(int maxTokens, int maxSequences) {
      return backend.kernels(maxTokens, maxSequences);
    }

    @Override
    public void close() {}
  }
}
