package dev.offramp.server.admin;

import dev.offramp.model.tier.Curve;
import dev.offramp.model.tier.CurvePoint;
import dev.offramp.model.tier.Tier;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.stats.Interval;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/*
 * Charts are drawn by the templates, as SVG with classes for colours, so that they follow the page's
 * light and dark. Here is where things go. Each stands beside a table with the same numbers.
 */

/** The geometry of the console's charts, in units of their view boxes. */
final class Charts {

  private static final double WIDTH = 640;

  /** Of a metric: what is less than that looks like nothing, as it should. */
  private static final double LEAST_SPAN = 0.05;

  /** Intervals so many times as wide as the last one go beyond a chart of the past. */
  private static final double MOST_WIDTHS = 6;

  private Charts() {}

  /** A share of the answers, from one exit. */
  record Bar(int depth, double x, double y, double width, double height, String share) {}

  /** Bars by depth. */
  record Depths(List<Bar> bars, double width, double height, double base) {}

  /** Answers by depth as bars. */
  static Depths depths(long[] byDepth) {
    double height = 150;
    double base = height - 24;
    long all = Arrays.stream(byDepth).sum();
    long most = Math.max(1, Arrays.stream(byDepth).max().orElse(1));
    double slot = WIDTH / byDepth.length;
    var bars = new ArrayList<Bar>();
    for (int i = 0; i < byDepth.length; i++) {
      double tall = round((base - 22) * byDepth[i] / most);
      String share = all == 0 ? "" : Numbers.fixed(100.0 * byDepth[i] / all, 0) + " %";
      bars.add(
          new Bar(
              i + 1, round(i * slot + slot * 0.12), base - tall, round(slot * 0.76), tall, share));
    }
    return new Depths(List.copyOf(bars), WIDTH, height, base);
  }

  /** A named place. */
  record Dot(double x, double y, String label) {}

  /** A line with named places on it. */
  record Line(Axis across, Axis up, String points, List<Dot> dots, double width, double height) {}

  /** A curve of metric against layer speed-up, with the tiers that stand on it. */
  static Line curve(Curve curve, List<Tier> tiers) {
    double height = 280;
    List<CurvePoint> points = curve.points();
    Axis across =
        Axis.over(
            1, points.stream().mapToDouble(CurvePoint::layerSpeedup).max().orElse(2), 56, 624);
    Axis up =
        Axis.over(
            points.stream().mapToDouble(CurvePoint::metric).min().orElse(0),
            points.stream().mapToDouble(CurvePoint::metric).max().orElse(1),
            LEAST_SPAN,
            height - 40,
            16);
    var dots = new ArrayList<Dot>();
    for (Tier tier : tiers) {
      CurvePoint nearest = points.getFirst();
      for (CurvePoint point : points) {
        if (Math.abs(point.layerSpeedup() - tier.layerSpeedup())
            < Math.abs(nearest.layerSpeedup() - tier.layerSpeedup())) {
          nearest = point;
        }
      }
      dots.add(new Dot(across.at(nearest.layerSpeedup()), up.at(nearest.metric()), tier.name()));
    }
    String line =
        points.stream()
            .map(point -> across.at(point.layerSpeedup()) + "," + up.at(point.metric()))
            .collect(Collectors.joining(" "));
    return new Line(across, up, line, List.copyOf(dots), WIDTH, height);
  }

  /** What an interval chart shows in a row. */
  record Known(String label, Estimate estimate) {}

  /** A row of it. */
  record Row(
      String label, double y, double low, double high, double at, boolean open, String said) {}

  /** Intervals below each other, with the place of 0. */
  record Intervals(List<Row> rows, Axis across, double zero, double width, double height) {}

  /** Differences with their intervals; ends that are not known reach the chart's ends. */
  static Intervals intervals(List<Known> known) {
    double rowHeight = 34;
    DoubleStream ends =
        known.stream()
            .flatMapToDouble(row ->
                DoubleStream.of(
                    row.estimate().value(),
                    row.estimate().interval().low(),
                    row.estimate().interval().high(),
                    0))
            .filter(Double::isFinite);
    var range = ends.summaryStatistics();
    Axis across = Axis.over(range.getMin(), range.getMax(), 150, 624);
    var rows = new ArrayList<Row>();
    for (int i = 0; i < known.size(); i++) {
      Interval interval = known.get(i).estimate().interval();
      rows.add(
          new Row(
              known.get(i).label(),
              22 + i * rowHeight,
              across.at(finite(interval.low(), across.low())),
              across.at(finite(interval.high(), across.high())),
              across.at(known.get(i).estimate().value()),
              !Double.isFinite(interval.low()) || !Double.isFinite(interval.high()),
              Numbers.of(known.get(i).estimate())));
    }
    return new Intervals(
        List.copyOf(rows), across, across.at(0), WIDTH, 22 + known.size() * rowHeight + 26);
  }

  /**
   * Intervals over time.
   *
   * @param mark the place of a value to hold them against; none if negative
   */
  record Past(
      String band,
      String line,
      Axis up,
      double mark,
      String from,
      String to,
      double width,
      double height) {}

  /**
   * How something became known.
   *
   * @param points at least two
   * @param mark a value that is shown whatever was known
   */
  static Past past(List<History.Point> points, OptionalDouble mark) {
    double height = 200;
    double left = 64;
    double right = 624;
    double last = points.getLast().estimate().interval().halfWidth();
    // Of nothing much is known at first; drawn in full, that would leave no room for the rest.
    DoubleStream ends =
        points.stream()
            .map(History.Point::estimate)
            .filter(known ->
                !Double.isFinite(last) || known.interval().halfWidth() <= MOST_WIDTHS * last)
            .flatMapToDouble(known ->
                DoubleStream.of(known.value(), known.interval().low(), known.interval().high()));
    var range =
        DoubleStream.concat(ends, mark.stream()).filter(Double::isFinite).summaryStatistics();
    Axis up = Axis.over(range.getMin(), range.getMax(), height - 34, 14);
    Instant first = points.getFirst().at();
    double span = Math.max(1, Duration.between(first, points.getLast().at()).toMillis());
    var top = new ArrayList<String>();
    var bottom = new ArrayList<String>();
    var middle = new ArrayList<String>();
    for (History.Point point : points) {
      double x =
          round(left + (right - left) * Duration.between(first, point.at()).toMillis() / span);
      Interval interval = point.estimate().interval();
      top.add(x + "," + up.at(finite(interval.high(), up.high())));
      bottom.addFirst(x + "," + up.at(finite(interval.low(), up.low())));
      middle.add(x + "," + up.at(point.estimate().value()));
    }
    top.addAll(bottom);
    return new Past(
        String.join(" ", top),
        String.join(" ", middle),
        up,
        mark.isPresent() ? up.at(mark.getAsDouble()) : -1,
        Numbers.time(first),
        Numbers.time(points.getLast().at()),
        WIDTH,
        height);
  }

  private static double finite(double value, double otherwise) {
    return Double.isFinite(value) ? value : otherwise;
  }

  private static double round(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
