package dev.offramp.trainer;

import dev.offramp.model.exit.ExitSignal;

/**
 * The settings of COSEE's objective.
 *
 * @param signal the signal that is weighted by and calibrated
 * @param betaEnd the sharpness of the sample weights at the end of training (the paper's beta_0)
 * @param thresholdDraws thresholds drawn each step (the paper's K)
 * @param alpha the calibration's factor
 * @param margin how far apart the mean signals of easy and hard samples are to be (epsilon)
 * @param temperature the signal's temperature
 */
public record CoseeSettings(
    ExitSignal signal,
    double betaEnd,
    int thresholdDraws,
    double alpha,
    double margin,
    double temperature) {

  public CoseeSettings {
    Checked.notNegative("beta", betaEnd);
    Checked.atLeast("threshold draws", thresholdDraws, 1);
    Checked.notNegative("alpha", alpha);
    Checked.notNegative("margin", margin);
    Checked.positive("temperature", temperature);
  }

  /** The same without the signals' calibration (OSC). */
  CoseeSettings withoutCalibration() {
    return new CoseeSettings(signal, betaEnd, thresholdDraws, 0, margin, temperature);
  }

  /** The same without the weighting of samples (SWM): every exit counts 1 / M. */
  CoseeSettings withoutWeighting() {
    return new CoseeSettings(signal, 0, thresholdDraws, alpha, margin, temperature);
  }

  /**
   * The settings of the authors' script, but for the signal, there the energy, and {@code beta_0},
   * there 10: docs/decisions/0056.
   */
  public static CoseeSettings defaults() {
    return new CoseeSettings(ExitSignal.LABEL_SCORE, 1, 5, 0.1, 0.3, 1);
  }
}
