package dev.offramp.server.admin;

import dev.offramp.server.registry.ServedModel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * At which exits requests leave now: the last minute, seen once a second.
 *
 * <p>Threading: safe for all threads. Bounded: {@value #SAMPLES} samples of each model that is
 * served.
 */
final class LiveTraffic {

  private static final int SAMPLES = 61;

  @SuppressWarnings("ArrayRecordComponent") // Nothing compares samples.
  private record Sample(long nanos, long[] byDepth) {}

  /**
   * A stretch of time.
   *
   * @param byDepth answers by depth, from depth 1: {@code [L]}
   * @param seconds its length; 0 where there is no second sample yet
   */
  @SuppressWarnings("ArrayRecordComponent") // Nothing compares windows.
  record Window(long[] byDepth, double seconds) {

    long answers() {
      long sum = 0;
      for (long answers : byDepth) {
        sum += answers;
      }
      return sum;
    }

    double perSecond() {
      return seconds > 0 ? answers() / seconds : 0;
    }

    /** NaN without answers. */
    double meanDepth() {
      double sum = 0;
      for (int i = 0; i < byDepth.length; i++) {
        sum += (i + 1.0) * byDepth[i];
      }
      return sum / answers();
    }

    /** Layers over the mean depth; NaN without answers. */
    double layerSpeedup() {
      return byDepth.length / meanDepth();
    }
  }

  private final Map<Long, Deque<Sample>> samples = new HashMap<>();

  /** Looks at these models and forgets all others. */
  synchronized void sample(List<ServedModel> models, long nanos) {
    Set<Long> served = models.stream().map(ServedModel::id).collect(Collectors.toSet());
    samples.keySet().retainAll(served);
    for (ServedModel model : models) {
      Deque<Sample> of = samples.computeIfAbsent(model.id(), _ -> new ArrayDeque<>());
      of.addLast(new Sample(nanos, model.exits().byDepth()));
      if (of.size() > SAMPLES) {
        of.removeFirst();
      }
    }
  }

  /** What a model did lately. */
  synchronized Window of(ServedModel model) {
    Deque<Sample> of = samples.getOrDefault(model.id(), new ArrayDeque<>());
    if (of.size() < 2) {
      return new Window(new long[model.manifest().config().layers()], 0);
    }
    long[] then = of.getFirst().byDepth();
    long[] now = of.getLast().byDepth().clone();
    for (int i = 0; i < now.length; i++) {
      now[i] -= then[i];
    }
    return new Window(now, (of.getLast().nanos() - of.getFirst().nanos()) / 1e9);
  }
}
