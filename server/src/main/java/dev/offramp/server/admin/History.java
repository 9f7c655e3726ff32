package dev.offramp.server.admin;

import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.analysis.MetricAnalysis;
import dev.offramp.server.experiment.stats.Interval;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How the intervals of running experiments came to be what they are.
 *
 * <p>Threading: safe for all threads. Bounded: where a series is full, every second point goes and
 * points come half as often from then on, so that it always spans all of the time since the server
 * started.
 */
final class History {

  static final int MOST_POINTS = 240;

  /** A question that an experiment asks of an arm. */
  record Question(String arm, String measure) {}

  /** What disagreement with the full model is called among measures. */
  static final String DISAGREEMENT = "disagreement with the full model, %";

  /** What was known at some time. */
  record Point(Instant at, Estimate difference) {}

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

  private final Map<String, Map<Question, Series>> known = new HashMap<>();

  /** Notes what an experiment's counts say now. */
  synchronized void note(String experiment, Instant at, Analysis analysis) {
    Map<Question, Series> all = known.computeIfAbsent(experiment, _ -> new LinkedHashMap<>());
    for (ArmAnalysis arm : analysis.arms()) {
      differences(arm)
          .forEach((measure, difference) ->
              all.computeIfAbsent(new Question(arm.arm(), measure), _ -> new Series())
                  .add(new Point(at, difference.estimate())));
    }
  }

  /** An arm's differences to the first: disagreement, then its metrics. */
  static Map<String, Difference> differences(ArmAnalysis arm) {
    var differences = new LinkedHashMap<String, Difference>();
    arm.disagreement()
        .difference()
        .ifPresent(difference -> differences.put(DISAGREEMENT, percent(difference)));
    for (MetricAnalysis metric : arm.metrics()) {
      Optional<Difference> difference = metric.difference();
      difference.ifPresent(known -> differences.put(metric.name(), known));
    }
    return differences;
  }

  private static Difference percent(Difference share) {
    Interval interval = share.estimate().interval();
    return new Difference(
        new Estimate(
            100 * share.estimate().value(),
            new Interval(100 * interval.low(), 100 * interval.high())),
        share.explained(),
        share.decision());
  }

  /** Keeps these experiments' alone. */
  synchronized void retain(Set<String> experiments) {
    known.keySet().retainAll(experiments);
  }

  /** What was known of an experiment, by question. */
  synchronized Map<Question, List<Point>> of(String experiment) {
    var copy = new LinkedHashMap<Question, List<Point>>();
    known
        .getOrDefault(experiment, Map.of())
        .forEach((question, series) -> copy.put(question, List.copyOf(series.points)));
    return copy;
  }
}
