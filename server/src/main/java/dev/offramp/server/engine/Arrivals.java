package dev.offramp.server.engine;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The texts that wait to start in one model: by priority, and within one flow by flow in turn, a
 * text each; within a flow in the order they came.
 *
 * <p>Threading: changed under the queue's lock; {@link #tokens} and {@link #sinceNanos} may be read
 * without, and are then a little old.
 */
final class Arrivals {
  private final Map<Priority, LinkedHashMap<Object, ArrayDeque<Passage>>> flows =
      new EnumMap<>(Priority.class);
  private final AtomicInteger tokens = new AtomicInteger();
  private volatile long sinceNanos;

  /** Tokens that wait. */
  int tokens() {
    return tokens.get();
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
    tokens.addAndGet(passage.tokens());
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

  /** Takes out what {@link #peek} says. */
  @Nullable Passage poll(long nanos) {
    for (var ofPriority : flows.values()) {
      var first = ofPriority.pollFirstEntry();
      if (first == null) {
        continue;
      }
      Passage passage = first.getValue().removeFirst();
      if (!first.getValue().isEmpty()) {
        ofPriority.putLast(first.getKey(), first.getValue());
      }
      tokens.addAndGet(-passage.tokens());
      sinceNanos = nanos;
      return passage;
    }
    return null;
  }
}
