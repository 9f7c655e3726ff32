package dev.offramp.server.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The texts of one worker and model that wait between layers, by the depth at which they stand;
 * those of one depth by how long they have waited between layers, the longest first.
 *
 * <p>Threading: one thread.
 */
final class ParkedTexts {
  /** Times of this clock may pass the largest number: their difference counts. */
  private static final Comparator<Passage> LONGEST_FIRST =
      (one, other) -> Long.signum(one.waitingSince() - other.waitingSince());

  private final List<PriorityQueue<Passage>> depths = new ArrayList<>();
  private final int[] tokens;
  private int texts;
  private int allTokens;

  /** None yet, of a model of so many layers. */
  ParkedTexts(int layers) {
    tokens = new int[layers];
    for (int depth = 0; depth < layers; depth++) {
      depths.add(new PriorityQueue<>(LONGEST_FIRST));
    }
  }

  /** How many there are. */
  int texts() {
    return texts;
  }

  /** Their tokens. */
  int tokens() {
    return allTokens;
  }

  /** Tokens of those that stand at a depth. */
  int tokensAt(int depth) {
    return tokens[depth];
  }

  /** The least depth at which one stands; there is one. */
  int shallowest() {
    int depth = 0;
    while (tokens[depth] == 0) {
      depth++;
    }
    return depth;
  }

  /**
   * Says of each depth past 0 how many tokens wait there, and since when.
   *
   * @param tokensAt receives the tokens, [layers]
   * @param since receives the earliest {@link Passage#waitingSince}, [layers]; now if there is none
   */
  void describe(int[] tokensAt, long[] since, long now) {
    for (int depth = 1; depth < tokens.length; depth++) {
      tokensAt[depth] = tokens[depth];
      Passage first = depths.get(depth).peek();
      since[depth] = first == null ? now : first.waitingSince();
    }
  }

  /**
   * Parks one where it stands.
   *
   * @param rows its hidden rows; null if it has them itself
   */
  void add(Passage passage, long nanos, float @Nullable [] rows) {
    passage.parked(nanos, rows);
    depths.get(passage.depth()).add(passage);
    count(passage, 1);
  }

  /**
   * Takes those that go on from a depth.
   *
   * @param room tokens; a longer text comes alone
   * @param sequences texts at most
   * @param alone whether they make a batch by themselves
   * @param into receives them
   */
  void take(int depth, int room, int sequences, boolean alone, List<Passage> into) {
    PriorityQueue<Passage> waiting = depths.get(depth);
    int used = 0;
    while (!waiting.isEmpty()
        && into.size() < sequences
        && ((into.isEmpty() && alone) || used + waiting.element().tokens() <= room)) {
      Passage passage = waiting.remove();
      used += passage.tokens();
      count(passage, -1);
      into.add(passage);
    }
  }

  /**
   * Ends those callers that wait no longer.
   *
   * @param horizonNanos when the next exit could be known at the earliest
   * @param ends receives how they end
   * @param over receives the texts that nobody waits for any more
   */
  void settle(long nanos, long horizonNanos, Ends ends, Consumer<Passage> over) {
    if (texts == 0) {
      return;
    }
    for (PriorityQueue<Passage> waiting : depths) {
      for (Iterator<Passage> all = waiting.iterator(); all.hasNext(); ) {
        Passage passage = all.next();
        if (!passage.settle(nanos, horizonNanos, ends)) {
          all.remove();
          count(passage, -1);
          over.accept(passage);
        }
      }
    }
  }

  private void count(Passage passage, int sign) {
    tokens[passage.depth()] += sign * passage.tokens();
    allTokens += sign * passage.tokens();
    texts += sign;
  }
}
