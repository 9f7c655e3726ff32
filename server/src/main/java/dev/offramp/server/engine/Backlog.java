package dev.offramp.server.engine;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/*
 * What waits, as the time that one worker is predicted to take for it. A new text of a flow waits for
 * all of higher priority, for its own flow, and for the others of its priority only as much as for its
 * own: flows take turns. So a flow that floods the queue fills its own bound and nobody else's.
 */

/**
 * The predicted work that waits, by priority and flow.
 *
 * <p>Threading: guarded by the queue's lock.
 */
final class Backlog {

  /** What waits of one priority. */
  private static final class Share {
    final Map<Object, double[]> flows = new HashMap<>(); // {nanos, texts}
    double nanos;
    long texts;
  }

  private final Map<Priority, Share> shares = new EnumMap<>(Priority.class);

  Backlog() {
    for (Priority priority : Priority.values()) {
      shares.put(priority, new Share());
    }
  }

  void add(Passage passage) {
    Share share = share(passage.priority());
    double[] flow = share.flows.computeIfAbsent(passage.flow(), _ -> new double[2]);
    flow[0] += passage.predictedNanos();
    flow[1]++;
    share.nanos += passage.predictedNanos();
    share.texts++;
  }

  void remove(Passage passage) {
    Share share = share(passage.priority());
    share.nanos = --share.texts == 0 ? 0 : Math.max(0, share.nanos - passage.predictedNanos());
    leave(passage, passage.flow());
  }

  /** A passage that waits has its turn in another flow too: there it is before those that come. */
  void join(Passage passage, Object flow) {
    double[] joined = share(passage.priority()).flows.computeIfAbsent(flow, _ -> new double[2]);
    joined[0] += passage.predictedNanos();
    joined[1]++;
  }

  /** Takes back what a passage is in a flow. */
  void leave(Passage passage, Object flow) {
    Share share = share(passage.priority());
    double[] left = share.flows.get(flow);
    if (left == null) {
      return;
    }
    left[0] = Math.max(0, left[0] - passage.predictedNanos());
    if (--left[1] == 0) {
      share.flows.remove(flow);
    }
  }

  /** The work of one worker before a new text of this priority and flow has its turn. */
  double nanosBefore(Priority priority, Object flow) {
    double before = 0;
    for (Priority higher : Priority.values()) {
      Share share = share(higher);
      if (higher != priority) {
        before += share.nanos;
        continue;
      }
      double[] own = share.flows.get(flow);
      double each = share.texts == 0 ? 0 : share.nanos / share.texts;
      double turns = (own == null ? 0 : own[0]) + each;
      int flows = share.flows.size() + (own == null ? 1 : 0);
      return before + Math.min(share.nanos, turns * flows);
    }
    return before;
  }

  /** The work of one worker that waits with this priority or a higher one. */
  double nanosDownTo(Priority priority) {
    double sum = 0;
    for (Priority higher : Priority.values()) {
      sum += share(higher).nanos;
      if (higher == priority) {
        break;
      }
    }
    return sum;
  }

  private Share share(Priority priority) {
    Share share = shares.get(priority);
    if (share == null) {
      throw new IllegalStateException("no share of " + priority);
    }
    return share;
  }
}
