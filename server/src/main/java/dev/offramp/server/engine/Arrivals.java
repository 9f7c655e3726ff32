package dev.offramp.server.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The texts that wait to start in one model: by priority, and within one flow by flow in turn, a
 * text each; within a flow in the order they came.
 *
 * <p>Threading: changed under the queue's lock; {@link #tokens} and {@link #sinceNanos} may be read
 * without, and are then a little old.
 */
final class Arrivals {
  private static final long SWEEP_NANOS = Duration.ofMillis(20).toNanos();

  /** Those that somebody waits for, the last one first. */
  private static final List<Priority> AWAITED =
      List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH);

  private final Map<Priority, LinkedHashMap<Object, ArrayDeque<Passage>>> flows =
      new EnumMap<>(Priority.class);
  private final AtomicInteger tokens = new AtomicInteger();
  private final AtomicInteger awaited = new AtomicInteger();
  private volatile long sinceNanos;
  private long sweptNanos;

  /** Tokens that wait. */
  int tokens() {
    return tokens.get();
  }

  /** Those of texts that somebody waits for. */
  int awaitedTokens() {
    return awaited.get();
  }

  /** Since when something waits to be served. */
  long sinceNanos() {
    return sinceNanos;
  }

  boolean isEmpty() {
    return tokens.get() == 0;
  }

  void add(Passage passage, long nanos) {
    if (tokens.get() == 0) {
      sinceNanos = nanos;
    }
    flows
        .computeIfAbsent(passage.priority(), _ -> new LinkedHashMap<>())
        .computeIfAbsent(passage.flow(), _ -> new ArrayDeque<>())
        .add(passage);
    count(passage, passage.tokens());
  }

  /** The text whose turn it is; null if none waits. */
  @Nullable Passage peek() {
    for (var ofPriority : flows.values()) {
      var first = ofPriority.firstEntry();
      if (first != null) {
        return first.getValue().peekFirst();
      }
    }
    return null;
  }

  /**
   * Takes out those for whom nobody waits any more. As this looks at all, it does so only now and
   * then.
   *
   * @param ends receives how those end who waited
   */
  void sweep(long nanos, Consumer<Passage> deserted, Ends ends) {
    if (isEmpty() || nanos - sweptNanos < SWEEP_NANOS) {
      return;
    }
    sweptNanos = nanos;
    for (var ofPriority : flows.values()) {
      for (var ofFlow = ofPriority.values().iterator(); ofFlow.hasNext(); ) {
        ArrayDeque<Passage> waiting = ofFlow.next();
        for (var all = waiting.iterator(); all.hasNext(); ) {
          Passage passage = all.next();
          passage.started(nanos);
          if (!passage.settle(nanos, nanos, ends)) {
            all.remove();
            count(passage, -passage.tokens());
            deserted.accept(passage);
          }
        }
        if (waiting.isEmpty()) {
          ofFlow.remove();
        }
      }
    }
  }

  /** Takes out what {@link #peek} says. */
  @Nullable Passage poll(long nanos) {
    for (Priority priority : flows.keySet()) {
      Passage passage = poll(priority, nanos);
      if (passage != null) {
        return passage;
      }
    }
    return null;
  }

  /**
   * Takes one out that somebody waits for, that has its turn among those of its priority, and has
   * waited for longer than a bound; of several the one of the least priority. So those of higher
   * priority, however many keep coming, do not hold it up for ever.
   */
  @Nullable Passage pollOverdue(long nanos, double boundNanos) {
    for (Priority priority : AWAITED) {
      var ofPriority = flows.get(priority);
      var first = ofPriority == null ? null : ofPriority.firstEntry();
      if (first != null && nanos - first.getValue().getFirst().parkedNanos() > boundNanos) {
        return poll(priority, nanos);
      }
    }
    return null;
  }

  private @Nullable Passage poll(Priority priority, long nanos) {
    var ofPriority = flows.get(priority);
    var first = ofPriority == null ? null : ofPriority.pollFirstEntry();
    if (ofPriority == null || first == null) {
      return null;
    }
    Passage passage = first.getValue().removeFirst();
    if (!first.getValue().isEmpty()) {
      ofPriority.putLast(first.getKey(), first.getValue());
    }
    count(passage, -passage.tokens());
    sinceNanos = nanos;
    return passage;
  }

  private void count(Passage passage, int added) {
    tokens.addAndGet(added);
    if (passage.priority() != Priority.AUDIT) {
      awaited.addAndGet(added);
    }
  }
}
