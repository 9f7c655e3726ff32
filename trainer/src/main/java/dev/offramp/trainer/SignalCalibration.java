package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.offramp.model.exit.ExitSignal;

/**
 * COSEE's online signal calibration (OSC): easy samples are to look surer than hard ones.
 *
 * <p>At an internal exit a sample is easy when that exit's own prediction is right, else hard. An
 * exit's loss is {@code max(0, mean u(easy) - mean u(hard) + margin)} for signals that are low when
 * sure, with the means swapped for those that are high when sure. The whole is the mean over the
 * exits where the batch holds both kinds, and 0 where there are none.
 *
 * <p>Source: arXiv 2412.13236, equations 6 to 9; the mean over the exits as in the authors' code.
 */
final class SignalCalibration {
  private SignalCalibration() {}

  /**
   * The loss, a scalar that gradients flow through.
   *
   * @param values the internal exits' signals, {@code [M - 1, N]}
   * @param easy which samples each exit predicts rightly, {@code [M - 1][N]}
   */
  static NDArray loss(ExitSignal signal, NDArray values, boolean[][] easy, double margin) {
    int exits = easy.length;
    int samples = exits == 0 ? 0 : easy[0].length;
    var shares = new float[exits * samples];
    var counted = new float[exits];
    int countedExits = 0;
    float direction = signal == ExitSignal.LABEL_SCORE ? -1 : 1;
    for (int m = 0; m < exits; m++) {
      int easySamples = count(easy[m]);
      if (easySamples > 0 && easySamples < samples) {
        counted[m] = 1;
        countedExits++;
        for (int n = 0; n < samples; n++) {
          shares[m * samples + n] =
              direction * (easy[m][n] ? 1f / easySamples : -1f / (samples - easySamples));
        }
      }
    }
    NDManager manager = values.getManager();
    if (countedExits == 0) {
      return manager.create(0f);
    }
    NDArray gaps = // [M - 1]: mean of the sure-to-be less mean of the unsure-to-be
        values.mul(manager.create(shares, new Shape(exits, samples))).sum(new int[] {1});
    NDArray hinges = gaps.add((float) margin).getNDArrayInternal().relu(); // [M - 1]
    return Scaling.scale(hinges.mul(manager.create(counted)).sum(), 1.0 / countedExits);
  }

  private static int count(boolean[] values) {
    int count = 0;
    for (boolean value : values) {
      count += value ? 1 : 0;
    }
    return count;
  }
}
