package dev.offramp.bench;

import dev.offramp.bench.PeerEngine.Pass;
import dev.offramp.cli.CommandFailedException;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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

  private static final int MIN_ROUNDS = 5;

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
   * @param maxDifference the furthest that logits of any two engines lie apart
   * @param results one an engine
   */
  record Outcome(TokenCase tokens, float maxDifference, List<PeerResult> results) {
    Outcome {
      results = List.copyOf(results);
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
      float difference = check(tokens, passes);
      long[][] nanos = time(passes, warmUpRounds, rounds, limit);
      var results = new ArrayList<PeerResult>();
      for (int e = 0; e < engines.size(); e++) {
        results.add(result(tokens, engines.get(e), nanos[e]));
      }
      return new Outcome(tokens, difference, results);
    } finally {
      passes.forEach(Pass::close);
    }
  }

  private float check(TokenCase tokens, List<Pass> passes) {
    var answers = new ArrayList<float[]>();
    for (Pass pass : passes) {
      pass.reset();
      pass.run();
      answers.add(pass.logits());
    }
    float furthest = 0;
    for (int a = 0; a < answers.size(); a++) {
      for (int b = 0; b < a; b++) {
        float difference = maxDifference(answers.get(a), answers.get(b));
        if (!(difference <= TOLERANCE)) {
          throw new CommandFailedException(
              "%s: the logits of %s and %s differ by %g (expected: at most %g)"
                  .formatted(
                      tokens, engines.get(b).name(), engines.get(a).name(), difference, TOLERANCE));
        }
        furthest = Math.max(furthest, difference);
      }
    }
    return furthest;
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
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2.0;
    double nanosPerLayer = median / config.layers();
    return new PeerResult(
        tokens.toString(),
        engine.name(),
        engine.precision(),
        threads,
        nanos.length,
        nanosPerLayer / 1e6,
        sorted[0] / 1e6 / config.layers(),
        tokens.layerOperations(config) / nanosPerLayer);
  }
}
