package dev.offramp.cli;

import dev.offramp.cli.LabelledSentences.Sentence;
import dev.offramp.client.Answer;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.HdrHistogram.Histogram;

/**
 * One tier's share of the demo: sends the sentences and keeps what came of it. Rounds of several
 * tiers are meant to be interleaved, so that a machine whose pace drifts is fair to all.
 *
 * <p>Threading: one thread.
 */
final class TierLoad {
  private static final long HIGHEST_NANOS = 60_000_000_000L;

  private final OfframpClient offramp;
  private final Tier tier;
  private final List<Sentence> sentences;
  private final boolean useCache;
  private final Histogram latencyNanos = new Histogram(HIGHEST_NANOS, 3);
  private final List<Double> throughputs = new ArrayList<>();
  private long answers;
  private long correct;
  private long depths;
  private long cached;
  private int layers = 1;

  TierLoad(OfframpClient offramp, Tier tier, List<Sentence> sentences, boolean useCache) {
    this.offramp = offramp;
    this.tier = tier;
    this.sentences = sentences;
    this.useCache = useCache;
  }

  Tier tier() {
    return tier;
  }

  /** Sends every sentence, one at a time, and keeps latencies, labels and depths. */
  void oneAtATime() {
    for (Sentence sentence : sentences) {
      long start = System.nanoTime();
      Answer answer = offramp.classify(query(sentence));
      latencyNanos.recordValue(Math.min(System.nanoTime() - start, HIGHEST_NANOS));
      answers++;
      depths += answer.exitDepth();
      layers = answer.layers();
      correct += answer.label().equals(sentence.label()) ? 1 : 0;
      cached += answer.cached() ? 1 : 0;
    }
  }

  /**
   * Sends every sentence {@code repeats} times, {@code inFlight} at a time; keeps the throughput.
   */
  void saturating(int inFlight, int repeats) throws InterruptedException {
    var permits = new Semaphore(inFlight);
    var pending = new ArrayList<CompletableFuture<?>>();
    long start = System.nanoTime();
    for (int repeat = 0; repeat < repeats; repeat++) {
      for (Sentence sentence : sentences) {
        permits.acquire();
        pending.add(
            offramp
                .classifyAsync(query(sentence))
                .whenComplete((answer, failure) -> permits.release()));
      }
    }
    CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new)).join();
    throughputs.add(pending.size() / ((System.nanoTime() - start) / 1e9));
  }

  /** Forgets what was measured so far: a warm-up is over. */
  void reset() {
    latencyNanos.reset();
    throughputs.clear();
    answers = 0;
    correct = 0;
    depths = 0;
    cached = 0;
  }

  double accuracy() {
    return (double) correct / answers;
  }

  double meanExitDepth() {
    return (double) depths / answers;
  }

  double layerSpeedup() {
    return layers * (double) answers / depths;
  }

  double hitShare() {
    return (double) cached / answers;
  }

  double latencyMillis(double percentile) {
    return latencyNanos.getValueAtPercentile(percentile) / 1e6;
  }

  double medianThroughput() {
    double[] sorted = throughputs.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Each round's throughput, in order. */
  List<Double> throughputs() {
    return List.copyOf(throughputs);
  }

  private Query query(Sentence sentence) {
    Query query = Query.of(sentence.text()).withExit(tier);
    return useCache ? query : query.withoutCache();
  }
}
