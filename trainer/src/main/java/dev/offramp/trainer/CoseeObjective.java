package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.offramp.model.exit.ExitSignal;
import java.util.Locale;
import java.util.Optional;

/**
 * COSEE's objective: cross-entropies weighted by where samples would leave, plus a calibration of
 * the signals that decide it.
 *
 * <p>{@code L = L_CE + alpha L_OSC} with {@code L_CE = mean_k mean_n sum_m w_n^(m) CE(f_m(x_n),
 * y_n)} over the step's thresholds {@code tau_k}, drawn evenly from the range of the previous
 * epoch's signals.
 *
 * <p>Source: arXiv 2412.13236, equations 2 to 9 and the authors' code.
 */
final class CoseeObjective implements Objective {
  /**
   * The share of the margin that is missing between the mean signals of right and wrong answers
   * from which on calibration counts as without effect.
   */
  private static final double MISSING = 0.75;

  private final CoseeSettings settings;
  private final float smoothing;

  CoseeObjective(CoseeSettings settings, double labelSmoothing) {
    this.settings = settings;
    this.smoothing = (float) labelSmoothing;
  }

  @Override
  public Loss loss(NDArray logits, int[] labels, Step step) {
    int exits = (int) logits.getShape().get(0);
    int samples = labels.length;
    if (exits < 2) {
      throw new IllegalArgumentException("exits: " + exits + " (expected: >= 2)");
    }
    NDArray internal = logits.get("0:" + (exits - 1)); // [M - 1, N, C]
    NDArray signals = // [M - 1, N]
        TensorSignals.of(settings.signal(), internal, settings.temperature());
    float[] values = signals.toFloatArray();

    double[][] weights =
        SampleWeighting.weights(
            settings.signal(),
            bySample(values, exits - 1, samples),
            thresholds(step),
            SampleWeighting.beta(settings.betaEnd(), step));
    NDArray losses = CrossEntropy.of(logits, labels, smoothing); // [M, N]
    NDArray weight = logits.getManager().create(byExit(weights, exits), new Shape(exits, samples));
    NDArray crossEntropy = Scaling.scale(losses.mul(weight).sum(), 1.0 / samples);
    NDArray calibration =
        SignalCalibration.loss(
            settings.signal(), signals, Predictions.right(internal, labels), settings.margin());
    return Loss.of(
        crossEntropy.add(Scaling.scale(calibration, settings.alpha())),
        crossEntropy.getFloat(),
        calibration.getFloat(),
        Predictions.range(values));
  }

  /**
   * Tells of signals of right and wrong answers that do not come apart. By their means: one text
   * far from the others would widen the range of signals, and change nothing.
   */
  @Override
  public Optional<String> advice(double calibration) {
    if (settings.alpha() == 0 || calibration <= MISSING * settings.margin()) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "calibration: its mean loss is %.3g (expected: far below --margin %s, once the signals of"
                + " right and wrong answers come apart; as it is, it teaches little: %s)",
            calibration,
            settings.margin(),
            settings.signal() == ExitSignal.LABEL_SCORE
                ? "more --epochs or a smaller --margin may help"
                : "try --signal LABEL_SCORE, which many classes do not narrow, or more --epochs"));
  }

  private double[] thresholds(Step step) {
    return step.random()
        .doubles(settings.thresholdDraws())
        .map(share -> step.thresholds().at(share))
        .toArray();
  }

  private static float[][] bySample(float[] values, int exits, int samples) {
    var result = new float[samples][exits];
    for (int m = 0; m < exits; m++) {
      for (int n = 0; n < samples; n++) {
        result[n][m] = values[m * samples + n];
      }
    }
    return result;
  }

  private static float[] byExit(double[][] weights, int exits) {
    int samples = weights.length;
    var result = new float[exits * samples];
    for (int n = 0; n < samples; n++) {
      for (int m = 0; m < exits; m++) {
        result[m * samples + n] = (float) weights[n][m];
      }
    }
    return result;
  }
}
