package dev.offramp.server.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * A text that several flows ask for waits in each of them, lest one that asks for what a flood has
 * queued waits as long as the flood. It is taken once: its other places are skipped when their turn
 * comes, which costs their flow no turn.
 */

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

  /** The further flows of those that wait in several. */
  private final Map<Passage, Set<Object>> further = new HashMap<>();

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

  /** Lets a text that waits here wait in another flow too; false if it does already. */
  boolean addAgain(Passage passage, Object flow) {
    var ofPriority = flows.get(passage.priority());
    if (ofPriority == null || !further.computeIfAbsent(passage, _ -> new HashSet<>(2)).add(flow)) {
      return false;
    }
    ofPriority.computeIfAbsent(flow, _ -> new ArrayDeque<>()).add(passage);
    return true;
  }

  /** The further flows of a text that was taken, once. */
  Set<Object> further(Passage passage) {
    Set<Object> flows = further.remove(passage);
    return flows == null ? Set.of() : flows;
  }

  /** The flow that has the turn, without places of texts that were taken; null if none waits. */
  private static Map.@Nullable Entry<Object, ArrayDeque<Passage>> turn(
      @Nullable SequencedMap<Object, ArrayDeque<Passage>> ofPriority) {
    while (ofPriority != null && !ofPriority.isEmpty()) {
      var first = ofPriority.firstEntry();
      ArrayDeque<Passage> waiting = first.getValue();
      while (!waiting.isEmpty() && waiting.getFirst().isTaken()) {
        waiting.removeFirst();
      }
      if (!waiting.isEmpty()) {
        return first;
      }
      ofPriority.pollFirstEntry();
    }
    return null;
  }

  /** The text whose turn it is; null if none waits. */
  @Nullable Passage peek() {
    for (var ofPriority : flows.values()) {
      var first = turn(ofPriority);
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
          if (passage.isTaken()) {
            all.remove();
            continue;
          }
          passage.started(nanos);
          if (!passage.settle(nanos, nanos, ends)) {
            all.remove();
            taken(passage);
            deserted.accept(passage);
          }
        }
        if (waiting.isEmpty()) {
          ofFlow.remove();
        }
      }
    }
    forgetIfEmpty();
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
      var first = turn(flows.get(priority));
      if (first != null && nanos - first.getValue().getFirst().waitingSince() > boundNanos) {
        return poll(priority, nanos);
      }
    }
    return null;
  }

  private @Nullable Passage poll(Priority priority, long nanos) {
    var ofPriority = flows.get(priority);
    var first = turn(ofPriority);
    if (ofPriority == null || first == null) {
      return null;
    }
    ofPriority.pollFirstEntry();
    Passage passage = first.getValue().removeFirst();
    if (!first.getValue().isEmpty()) {
      ofPriority.putLast(first.getKey(), first.getValue());
    }
    taken(passage);
    forgetIfEmpty();
    sinceNanos = nanos;
    return passage;
  }

  private void taken(Passage passage) {
    passage.taken();
    count(passage, -passage.tokens());
  }

  /* What is left then are places of texts that were taken. */
  private void forgetIfEmpty() {
    if (isEmpty()) {
      flows.values().forEach(Map::clear);
    }
  }

  private void count(Passage passage, int added) {
    tokens.addAndGet(added);
    if (passage.priority() != Priority.AUDIT) {
      awaited.addAndGet(added);
    }
  }
}
