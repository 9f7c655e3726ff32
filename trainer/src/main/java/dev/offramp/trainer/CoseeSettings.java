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

  /** The settings of the authors' script. */
  public static CoseeSettings defaults() {
    return new CoseeSettings(ExitSignal.ENERGY, 10, 5, 0.1, 0.3, 1);
  }
}
