package dev.offramp.trainer.report;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.trainer.Evaluation;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How one exit does on its own.
 *
 * @param depth the exit's depth, from 1
 * @param metric the metric if every text left here
 * @param agreement the share of texts that it answers as the full model does
 * @param calibrationError expected calibration error: the mean distance between the largest
 *     probability and the share of right answers, over 15 bins of equal width; against the full
 *     model's answers where there are no labels
 * @param difficultyInversion by signal, the share of pairs of a text it answers rightly and one it
 *     answers wrongly in which it is surer of the first, ties as half; nothing without such pairs.
 *     1 is best, 0.5 is chance. Source: DIS of CascadeBERT (2021), difficulty being whether the
 *     exit errs
 */
public record ExitMeasures(
    int depth,
    double metric,
    double agreement,
    double calibrationError,
    Map<String, Optional<Double>> difficultyInversion) {
  private static final int BINS = 15;

  static ExitMeasures of(Evaluation evaluation, ExitTable table, int depth, double temperature) {
    int texts = evaluation.traces().size();
    int layers = evaluation.layers();
    var right = new boolean[texts];
    int agreeing = 0;
    for (int n = 0; n < texts; n++) {
      Trace trace = evaluation.traces().get(n);
      int full = trace.label(layers);
      int truth = evaluation.labels().isPresent() ? evaluation.labels().get().get(n) : full;
      right[n] = trace.label(depth) == truth;
      agreeing += trace.label(depth) == full ? 1 : 0;
    }
    var inversion = new LinkedHashMap<String, Optional<Double>>();
    for (ExitSignal signal : ExitSignal.values()) {
      double[] values = values(evaluation, depth, signal, temperature);
      boolean lowIsSure = signal.passes(0, 1);
      double[] doubt = lowIsSure ? values : Arrays.stream(values).map(value -> -value).toArray();
      inversion.put(signal.id(), inversion(doubt, right));
    }
    return new ExitMeasures(
        depth,
        table.metricAt(depth),
        (double) agreeing / texts,
        calibrationError(
            values(evaluation, depth, ExitSignal.LABEL_SCORE, ExitSignal.DEFAULT_TEMPERATURE),
            right),
        inversion);
  }

  /** The measure that {@link #difficultyInversion} describes; a text's doubt is low where sure. */
  static Optional<Double> inversion(double[] doubt, boolean[] right) {
    int texts = doubt.length;
    Integer[] order =
        IntStream.range(0, texts)
            .boxed()
            .sorted(Comparator.comparingDouble(n -> doubt[n]))
            .toArray(Integer[]::new);
    double orderly = 0; // Pairs in which the easy text is surer.
    long easyBefore = 0;
    long hard = 0;
    for (int from = 0; from < texts; ) {
      int to = from;
      long easyHere = 0;
      long hardHere = 0;
      while (to < texts && Double.compare(doubt[order[to]], doubt[order[from]]) == 0) {
        easyHere += right[order[to]] ? 1 : 0;
        hardHere += right[order[to]] ? 0 : 1;
        to++;
      }
      orderly += hardHere * (easyBefore + easyHere / 2.0);
      easyBefore += easyHere;
      hard += hardHere;
      from = to;
    }
    return easyBefore == 0 || hard == 0
        ? Optional.empty()
        : Optional.of(orderly / ((double) easyBefore * hard));
  }

  /** Expected calibration error of predictions of some probability. */
  static double calibrationError(double[] probabilities, boolean[] right) {
    var sure = new double[BINS];
    var hits = new double[BINS];
    for (int n = 0; n < probabilities.length; n++) {
      int bin = Math.min(BINS - 1, (int) (probabilities[n] * BINS));
      sure[bin] += probabilities[n];
      hits[bin] += right[n] ? 1 : 0;
    }
    double error = 0;
    for (int bin = 0; bin < BINS; bin++) {
      error += Math.abs(sure[bin] - hits[bin]);
    }
    return error / probabilities.length;
  }

  private static double[] values(
      Evaluation evaluation, int depth, ExitSignal signal, double temperature) {
    return evaluation.traces().stream()
        .mapToDouble(trace -> trace.signal(depth, signal, temperature))
        .toArray();
  }
}
