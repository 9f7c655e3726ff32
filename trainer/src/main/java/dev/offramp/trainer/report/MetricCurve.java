package dev.offramp.trainer.report;

import dev.offramp.trainer.Metric;
import java.util.List;
import java.util.Optional;

/**
 * Metric against layer speed-up for one family of rules.
 *
 * <p>Between two points the curve is a straight line: answering by one of two rules at random gives
 * any mixture of their metrics.
 *
 * @param rule the family
 * @param metric what is measured
 * @param full the full model's metric
 * @param points by rising speed-up, the first at 1
 */
public record MetricCurve(RuleKind rule, Metric metric, double full, List<CurvePoint> points) {
  /** Where the area begins and ends, in layer speed-up. */
  public static final double AREA_FROM = 1;

  /** Where the area ends, unless the curve ends before. */
  public static final double AREA_TO = 6;

  /** Copies the points. */
  public MetricCurve {
    points = List.copyOf(points);
    if (points.isEmpty() || points.getFirst().layerSpeedup() != 1) {
      throw new IllegalArgumentException("points: " + points + " (expected: the first at 1)");
    }
  }

  /** The metric at a speed-up; nothing beyond the curve's end. */
  public Optional<Double> at(double speedup) {
    CurvePoint before = points.getFirst();
    if (speedup < before.layerSpeedup()) {
      return Optional.empty();
    }
    for (CurvePoint point : points) {
      if (point.layerSpeedup() >= speedup) {
        double width = point.layerSpeedup() - before.layerSpeedup();
        double share = width == 0 ? 1 : (speedup - before.layerSpeedup()) / width;
        return Optional.of(before.metric() + share * (point.metric() - before.metric()));
      }
      before = point;
    }
    return Optional.empty();
  }

  /** The greatest speed-up of the curve, at most {@value #AREA_TO}. */
  public double areaTo() {
    return Math.min(AREA_TO, points.getLast().layerSpeedup());
  }

  /**
   * The area under the curve from a speed-up of {@value #AREA_FROM} to {@link #areaTo}, over that
   * width: the mean metric over the speed-ups. Areas compare only where they end alike.
   */
  public double areaUnderCurve() {
    double to = areaTo();
    if (to == AREA_FROM) {
      return full;
    }
    double area = 0;
    CurvePoint before = points.getFirst();
    for (CurvePoint point : points) {
      double end = Math.min(point.layerSpeedup(), to);
      if (end > before.layerSpeedup()) {
        double metric = at(end).orElseThrow();
        area += (end - before.layerSpeedup()) * (before.metric() + metric) / 2;
      }
      before = point;
    }
    return area / (to - AREA_FROM);
  }
}
