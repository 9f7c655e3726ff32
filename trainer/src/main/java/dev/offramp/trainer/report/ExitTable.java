package dev.offramp.trainer.report;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/*
 * Signals and labels are computed once; a rule then costs N M comparisons and no exponential. That
 * is what makes a curve of a hundred points over ten thousand texts a matter of a second.
 */

/**
 * An evaluation's traces laid out for simulating many rules.
 *
 * <p>Shapes: N texts, M exits. Depths count from 1.
 */
final class ExitTable {
  private final Evaluation evaluation;
  private final Metric metric;
  private final double temperature;
  private final List<Integer> truth;
  private final int[][] labels; // [N][M]

  /**
   * Lays traces out.
   *
   * @param temperature the signals'
   */
  ExitTable(Evaluation evaluation, Metric metric, double temperature) {
    metric.requireFits(evaluation.classes());
    this.evaluation = evaluation;
    this.metric = metric;
    this.temperature = temperature;
    int layers = evaluation.layers();
    this.labels =
        evaluation.traces().stream()
            .map(trace -> IntStream.rangeClosed(1, layers).map(trace::label).toArray())
            .toArray(int[][]::new);
    this.truth = evaluation.truth(metric);
  }

  /** The metric if every text leaves at its depth. */
  double metric(int[] depths) {
    var predicted = new int[depths.length];
    for (int n = 0; n < depths.length; n++) {
      predicted[n] = labels[n][depths[n] - 1];
    }
    return metric.of(truth, predicted, evaluation.classes());
  }

  /** The metric if all leave at one depth. */
  double metricAt(int depth) {
    var depths = new int[labels.length];
    Arrays.fill(depths, depth);
    return metric(depths);
  }

  /** What a family's rule gives that makes texts leave at these depths. */
  CurvePoint point(double value, int[] depths) {
    double meanDepth = Arrays.stream(depths).average().orElseThrow();
    var exits = new Integer[evaluation.layers()];
    Arrays.fill(exits, 0);
    for (int depth : depths) {
      exits[depth - 1]++;
    }
    return new CurvePoint(
        value, metric(depths), evaluation.layers() / meanDepth, meanDepth, List.of(exits));
  }

  /** The curve of a family, at most {@code points} points evenly spread over its speed-ups. */
  MetricCurve curve(RuleKind kind, int points) {
    List<CurvePoint> curve =
        kind.signal().map(signal -> thresholds(signal, points)).orElseGet(this::patience);
    return new MetricCurve(kind, metric, metricAt(evaluation.layers()), curve);
  }

  private List<CurvePoint> patience() {
    var curve = new ArrayList<CurvePoint>();
    for (int patience = Math.max(1, evaluation.layers() - 1); patience >= 1; patience--) {
      var rule = RuleKind.PATIENCE.rule(patience, temperature);
      int[] depths =
          evaluation.traces().stream()
              .mapToInt(trace -> trace.exit(rule).orElseThrow().depth())
              .toArray();
      CurvePoint point = point(patience, depths);
      if (curve.isEmpty() || point.layerSpeedup() > curve.getLast().layerSpeedup()) {
        curve.add(point);
      }
    }
    // The most patient of rules can still leave at the last internal exit but one.
    if (curve.getFirst().layerSpeedup() > 1) {
      var full = new int[labels.length];
      Arrays.fill(full, evaluation.layers());
      curve.addFirst(point(evaluation.layers(), full));
    }
    return curve;
  }

  private List<CurvePoint> thresholds(ExitSignal signal, int points) {
    double[][] values = values(signal);
    double[] thresholds = evaluation.thresholds(signal, temperature);
    var curve = new ArrayList<CurvePoint>();
    double greatest = evaluation.layers();
    int low = 0;
    for (int i = 0; i < points; i++) {
      double wanted = 1 + i * (greatest - 1) / Math.max(1, points - 1);
      int high = thresholds.length - 1;
      while (low < high) {
        int middle = (low + high) >>> 1;
        double mean =
            Arrays.stream(depths(values, signal, thresholds[middle])).average().orElseThrow();
        if (greatest / mean >= wanted) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      CurvePoint point = point(thresholds[low], depths(values, signal, thresholds[low]));
      if (curve.isEmpty() || point.layerSpeedup() > curve.getLast().layerSpeedup()) {
        curve.add(point);
      }
    }
    return curve;
  }

  /** Signals of the internal exits, {@code [N][M - 1]}. */
  double[][] values(ExitSignal signal) {
    return evaluation.traces().stream()
        .map(trace -> values(trace, signal))
        .toArray(double[][]::new);
  }

  private double[] values(Trace trace, ExitSignal signal) {
    return IntStream.range(1, evaluation.layers())
        .mapToDouble(depth -> trace.signal(depth, signal, temperature))
        .toArray();
  }

  private int[] depths(double[][] values, ExitSignal signal, double threshold) {
    var depths = new int[values.length];
    for (int n = 0; n < values.length; n++) {
      int depth = 1;
      while (depth < evaluation.layers() && !signal.passes(values[n][depth - 1], threshold)) {
        depth++;
      }
      depths[n] = depth;
    }
    return depths;
  }
}
