package dev.offramp.trainer.report;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.Metric;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/*
 * One threshold shared by all exits decides the same for the normalized energy and for the raw one,
 * since the first is a rising function of the second, the same at every exit. So the curves of the
 * two are one curve. What normalizing changes is where thresholds lie: drawn evenly over the range
 * of a signal, as training draws them, or carried as a place in one exit's range to another's, they
 * mean different things. That is what is measured here.
 */

/**
 * How well places in a signal's range carry over from one exit to another.
 *
 * @param signal the signal's name; {@code raw energy} is {@code -log sum exp f}, not normalized
 * @param transferError a threshold halfway, and a quarter and three quarters of the way, through
 *     the range of one internal exit lets a share of texts leave there and another share at each
 *     other exit: the mean distance of the two, 0 to 1, less is better
 * @param exitsUsed if thresholds are drawn evenly from the range over all internal exits, how many
 *     of the M exits texts leave at: {@code exp} of the entropy of their distribution, 1 to M
 */
public record SignalTransfer(String signal, double transferError, double exitsUsed) {
  private static final int DRAWS = 200;
  private static final double[] PLACES = {0.25, 0.5, 0.75};

  /** The signals side by side, energy raw and normalized first. */
  public static List<SignalTransfer> of(Evaluation evaluation, double temperature) {
    if (evaluation.layers() < 3) {
      return List.of(); // Of internal exits there are not two to carry anything between.
    }
    var table = new ExitTable(evaluation, Metric.AGREEMENT, temperature);
    Stream<SignalTransfer> raw =
        Stream.of(of("raw energy", rawEnergy(evaluation), evaluation.layers()));
    Stream<SignalTransfer> others =
        Arrays.stream(ExitSignal.values())
            .map(signal ->
                of(signal.id(), doubt(table.values(signal), signal), evaluation.layers()));
    return Stream.concat(raw, others).toList();
  }

  /** Of signals that are low where an exit is sure, {@code [N][M - 1]}. */
  static SignalTransfer of(String name, double[][] values, int layers) {
    int exits = layers - 1;
    var least = new double[exits];
    var greatest = new double[exits];
    for (int m = 0; m < exits; m++) {
      int exit = m;
      least[m] = Arrays.stream(values).mapToDouble(row -> row[exit]).min().orElseThrow();
      greatest[m] = Arrays.stream(values).mapToDouble(row -> row[exit]).max().orElseThrow();
    }
    double error = 0;
    for (int a = 0; a < exits; a++) {
      for (double place : PLACES) {
        double threshold = least[a] + place * (greatest[a] - least[a]);
        double here = share(values, a, threshold);
        for (int b = 0; b < exits; b++) {
          error += Math.abs(here - share(values, b, threshold));
        }
      }
    }
    int pairs = exits * (exits - 1) * PLACES.length;
    return new SignalTransfer(
        name,
        error / pairs,
        exitsUsed(
            values,
            Arrays.stream(least).min().orElseThrow(),
            Arrays.stream(greatest).max().orElseThrow(),
            layers));
  }

  private static double share(double[][] values, int exit, double threshold) {
    return Arrays.stream(values).filter(row -> row[exit] < threshold).count()
        / (double) values.length;
  }

  private static double exitsUsed(double[][] values, double least, double greatest, int layers) {
    var left = new long[layers];
    for (int i = 0; i < DRAWS; i++) {
      double threshold = least + (i + 0.5) / DRAWS * (greatest - least);
      for (double[] row : values) {
        int depth = 1;
        while (depth < layers && !(row[depth - 1] < threshold)) {
          depth++;
        }
        left[depth - 1]++;
      }
    }
    double all = (double) DRAWS * values.length;
    double entropy =
        Arrays.stream(left)
            .filter(count -> count > 0)
            .mapToDouble(count -> -count / all * Math.log(count / all))
            .sum();
    return Math.exp(entropy);
  }

  private static double[][] doubt(double[][] values, ExitSignal signal) {
    return signal.passes(0, 1)
        ? values
        : Arrays.stream(values)
            .map(row -> Arrays.stream(row).map(value -> -value).toArray())
            .toArray(double[][]::new);
  }

  /** {@code -log sum exp f} of the internal exits, {@code [N][M - 1]}. */
  static double[][] rawEnergy(Evaluation evaluation) {
    return evaluation.traces().stream()
        .map(trace ->
            IntStream.range(1, evaluation.layers())
                .mapToDouble(depth -> rawEnergy(trace.logits(depth)))
                .toArray())
        .toArray(double[][]::new);
  }

  private static double rawEnergy(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return -(max + Math.log(sum));
  }
}
