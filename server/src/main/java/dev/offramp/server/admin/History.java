package dev.offramp.server.admin;

import dev.offramp.server.experiment.analysis.Estimate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How intervals came to be what they are.
 *
 * <p>Threading: safe for all threads. Bounded, as the caller retains what it still asks for: where
 * a series is full, every second point goes and points come half as often from then on, so that it
 * always spans all of the time since the server started.
 *
 * @param <K> what an interval is of
 */
final class History<K> {

  static final int MOST_POINTS = 240;

  /** What was known at some time. */
  record Point(Instant at, Estimate estimate) {}

  private static final class Series {
    final List<Point> points = new ArrayList<>();
    long every = 1;
    long seen;

    void add(Point point) {
      if (seen++ % every != 0) {
        return;
      }
      points.add(point);
      if (points.size() == MOST_POINTS) {
        for (int i = MOST_POINTS - 1; i > 0; i -= 2) {
          points.remove(i);
        }
        every *= 2;
      }
    }
  }

  private final Map<K, Series> known = new LinkedHashMap<>();

  /** Notes what is known now. */
  synchronized void note(K what, Instant at, Estimate estimate) {
    known.computeIfAbsent(what, _ -> new Series()).add(new Point(at, estimate));
  }

  /** Forgets all others. */
  synchronized void retain(Predicate<K> kept) {
    known.keySet().removeIf(kept.negate());
  }

  /** What was known of these, in the order in which each was noted first. */
  synchronized Map<K, List<Point>> of(Predicate<K> wanted) {
    var copy = new LinkedHashMap<K, List<Point>>();
    known.forEach((what, series) -> {
      if (wanted.test(what)) {
        copy.put(what, List.copyOf(series.points));
      }
    });
    return copy;
  }
}
