package dev.offramp.bench;

import dev.offramp.bench.PeerEngine.Pass;
import dev.offramp.bench.kernels.Medians;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.cli.CommandFailedException;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/*
 * Engines take turns: in each round every engine runs the same batch once, and each round starts with
 * another engine. What disturbs the machine for longer than a run then disturbs all of them, and the
 * median drops what is shorter. Before that, all must have given the same answers.
 */

/**
 * Runs engines on the same batches and compares what they take.
 *
 * <p>Threading: one thread.
 */
final class PeerComparison {
  /** How far logits of float32 engines may lie apart; their spread is about 1. */
  static final float TOLERANCE = 1e-4f;

  /** How far those of a bf16 engine may lie from float32: its numbers have 8 bits. */
  static final float BF16_TOLERANCE = 0.05f;

  /** How far those of an int8 engine may lie from float32. */
  static final float INT8_TOLERANCE = 0.15f;

  private static final int MIN_ROUNDS = 5;
  private static final String FLOAT32 = "float32";

  private final ModelConfig config;
  private final List<PeerEngine> engines;
  private final int threads;
  private final Runnable progress;

  /**
   * A comparison of these engines.
   *
   * @param threads what the engines were given, for the results
   * @param progress called for each turn of an engine, those that a limit left out included
   */
  PeerComparison(ModelConfig config, List<PeerEngine> engines, int threads, Runnable progress) {
    this.config = config;
    this.engines = List.copyOf(engines);
    this.threads = threads;
    this.progress = progress;
  }

  /**
   * One case.
   *
   * @param maxDifference the furthest that logits of any two float32 engines lie apart
   * @param differences how far each engine's logits lie from those of the first float32 engine, by
   *     its name
   * @param results one an engine
   * @param nanos what each engine took in each round, by its name
   */
  record Outcome(
      TokenCase tokens,
      float maxDifference,
      Map<String, Float> differences,
      List<PeerResult> results,
      Map<String, List<Long>> nanos) {
    Outcome {
      differences = Collections.unmodifiableMap(new LinkedHashMap<>(differences));
      results = List.copyOf(results);
      nanos = Map.copyOf(nanos);
    }

    /**
     * How many times as long one engine takes as another: the median over rounds of the rounds' own
     * ratios; empty if one of them was not there.
     */
    OptionalDouble timeRatio(String slower, String faster) {
      List<Long> above = nanos.get(slower);
      List<Long> below = nanos.get(faster);
      if (above == null || below == null) {
        return OptionalDouble.empty();
      }
      double[] ratios =
          IntStream.range(0, above.size())
              .mapToDouble(round -> (double) above.get(round) / below.get(round))
              .toArray();
      return OptionalDouble.of(Medians.of(ratios));
    }
  }

  /**
   * Compares on one batch.
   *
   * @param rounds timed rounds, fewer where the limit comes first, but at least {@value
   *     #MIN_ROUNDS}
   * @throws CommandFailedException if the engines' answers differ
   */
  Outcome run(List<EncodedText> texts, int warmUpRounds, int rounds, Duration limit) {
    TokenCase tokens = TokenCase.of(texts);
    var passes = new ArrayList<Pass>();
    try {
      engines.forEach(engine -> passes.add(engine.prepare(texts)));
      List<float[]> answers = answers(passes);
      Map<String, Float> differences = differences(tokens, answers);
      float difference = furthestOfFloat32(tokens, answers);
      long[][] nanos = time(passes, warmUpRounds, rounds, limit);
      var results = new ArrayList<PeerResult>();
      var times = new HashMap<String, List<Long>>();
      for (int e = 0; e < engines.size(); e++) {
        results.add(result(tokens, engines.get(e), nanos[e]));
        times.put(engines.get(e).name(), Arrays.stream(nanos[e]).boxed().toList());
      }
      return new Outcome(tokens, difference, differences, results, times);
    } finally {
      passes.forEach(Pass::close);
    }
  }

  private static List<float[]> answers(List<Pass> passes) {
    var answers = new ArrayList<float[]>();
    for (Pass pass : passes) {
      pass.reset();
      pass.run();
      answers.add(pass.logits());
    }
    return answers;
  }

  /** The differences from the first float32 engine, or from the first one if there is none. */
  private Map<String, Float> differences(TokenCase tokens, List<float[]> answers) {
    int first =
        IntStream.range(0, engines.size())
            .filter(e -> engines.get(e).precision().equals(FLOAT32))
            .findFirst()
            .orElse(0);
    var differences = new LinkedHashMap<String, Float>();
    for (int e = 0; e < answers.size(); e++) {
      if (e != first) {
        differences.put(engines.get(e).name(), difference(tokens, answers, first, e));
      }
    }
    return differences;
  }

  private float furthestOfFloat32(TokenCase tokens, List<float[]> answers) {
    float furthest = 0;
    for (int a = 0; a < answers.size(); a++) {
      for (int b = 0; b < a; b++) {
        if (engines.get(a).precision().equals(FLOAT32)
            && engines.get(b).precision().equals(FLOAT32)) {
          furthest = Math.max(furthest, difference(tokens, answers, b, a));
        }
      }
    }
    return furthest;
  }

  /** How far two engines' answers lie apart, if that is not too far for their precisions. */
  private float difference(TokenCase tokens, List<float[]> answers, int a, int b) {
    float difference = maxDifference(answers.get(a), answers.get(b));
    float tolerance =
        Math.max(tolerance(engines.get(a).precision()), tolerance(engines.get(b).precision()));
    if (!(difference <= tolerance)) {
      throw new CommandFailedException(
          "%s: the logits of %s and %s differ by %g (expected: at most %g)"
              .formatted(
                  tokens, engines.get(a).name(), engines.get(b).name(), difference, tolerance));
    }
    return difference;
  }

  /** How far the logits of an engine in that precision may lie from float32. */
  static float tolerance(String precision) {
    return switch (precision) {
      case FLOAT32 -> TOLERANCE;
      case "bf16" -> BF16_TOLERANCE;
      case "int8" -> INT8_TOLERANCE;
      default -> throw new IllegalArgumentException("precision: " + precision);
    };
  }

  /** The furthest that two answers lie apart; NaN if either holds one. */
  static float maxDifference(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException("logits: " + a.length + " and " + b.length);
    }
    float furthest = 0;
    for (int i = 0; i < a.length; i++) {
      furthest = Math.max(furthest, Math.abs(a[i] - b[i]));
    }
    return furthest;
  }

  private long[][] time(List<Pass> passes, int warmUpRounds, int rounds, Duration limit) {
    long[][] nanos = new long[passes.size()][rounds];
    long start = System.nanoTime();
    for (int round = -warmUpRounds; round < rounds; round++) {
      if (round >= MIN_ROUNDS && System.nanoTime() - start > limit.toNanos()) {
        int done = round;
        Arrays.setAll(nanos, e -> Arrays.copyOf(nanos[e], done));
        for (int turn = done * passes.size(); turn < rounds * passes.size(); turn++) {
          progress.run();
        }
        break;
      }
      for (int turn = 0; turn < passes.size(); turn++) {
        int e = Math.floorMod(round + turn, passes.size());
        Pass pass = passes.get(e);
        settle();
        pass.reset();
        long before = System.nanoTime();
        pass.run();
        long after = System.nanoTime();
        if (round >= 0) {
          nanos[e][round] = after - before;
        }
        progress.run();
      }
    }
    return nanos;
  }

  /* Threads that have run out of work spin for a while: not on the next engine's time. */
  private void settle() {
    if (threads == 1) {
      return;
    }
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailedException("interrupted");
    }
  }

  private PeerResult result(TokenCase tokens, PeerEngine engine, long[] nanos) {
    double median = Medians.of(Arrays.stream(nanos).asDoubleStream().toArray());
    double nanosPerLayer = median / config.layers();
    return new PeerResult(
        tokens.toString(),
        engine.name(),
        engine.precision(),
        threads,
        nanos.length,
        nanosPerLayer / 1e6,
        Arrays.stream(nanos).min().orElseThrow() / 1e6 / config.layers(),
        tokens.layerOperations(config) / nanosPerLayer);
  }
}
