package dev.offramp.trainer;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.tier.Calibration;
import dev.offramp.model.tier.Curve;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Chooses a checkpoint's tiers: for each asked speed-up the safest threshold that reaches it.
 *
 * <p>Calibrate on texts like those to be served, that the model was not trained on: it is surer of
 * what it knows, and thresholds from such texts would promise too much speed.
 */
public final class Calibrator {
  private static final Logger log = LogManager.getLogger(Calibrator.class);
  private static final String PRECISION = "float32";

  private Calibrator() {}

  /**
   * What to choose tiers by.
   *
   * @param signal the signal whose thresholds make the tiers
   * @param temperature its temperature
   * @param speedups the layer speed-ups to reach, each a tier named {@code x<speed-up>}
   * @param curvePoints thresholds on the curve that is kept beside the tiers
   */
  public record Settings(
      ExitSignal signal, double temperature, List<Double> speedups, int curvePoints) {
    public Settings {
      Checked.positive("temperature", temperature);
      speedups = speedups.stream().sorted().distinct().toList();
      for (double speedup : speedups) {
        if (!(speedup > 1) || !Double.isFinite(speedup)) {
          throw new IllegalArgumentException("speed-up: " + speedup + " (expected: > 1)");
        }
      }
      Checked.atLeast("curve points", curvePoints, 2);
    }

    /** Energy at temperature 1; x1.5, x2, x3 and x4. */
    public static Settings defaults() {
      return new Settings(
          ExitSignal.ENERGY, ExitSignal.DEFAULT_TEMPERATURE, List.of(1.5, 2.0, 3.0, 4.0), 65);
    }
  }

  /**
   * Calibrates a checkpoint and writes its {@code tiers.json}.
   *
   * <p>A speed-up that the model cannot reach, having too few layers, gets no tier.
   *
   * @param checkpoint the checkpoint's directory
   * @return what was written
   */
  public static Tiers calibrate(Path checkpoint, EvaluationTexts texts, Settings settings) {
    Evaluation evaluation = Evaluator.evaluate(checkpoint, texts);
    try {
      var calibration =
          new Calibration(
              texts.texts().size(), texts.sha256(), Checkpoint.version(checkpoint), PRECISION);
      Tiers tiers = tiers(evaluation, calibration, settings);
      tiers.write(checkpoint);
      return tiers;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tiers of " + checkpoint, e);
    }
  }

  static Tiers tiers(Evaluation evaluation, Calibration calibration, Settings settings) {
    var tiers = new ArrayList<Tier>();
    tiers.add(Tier.full());
    for (double speedup : settings.speedups()) {
      evaluation
          .atSpeedup(settings.signal(), settings.temperature(), speedup)
          .ifPresentOrElse(
              rule -> tiers.add(tier(speedup, rule, evaluation)),
              () ->
                  log.warn(
                      "no tier for speed-up {}: the model has only {} layers",
                      speedup,
                      evaluation.config().layers()));
    }
    Curve curve =
        evaluation.curve(settings.signal(), settings.temperature(), settings.curvePoints());
    return new Tiers(calibration, tiers, List.of(curve));
  }

  private static Tier tier(double speedup, ExitRule.Threshold rule, Evaluation evaluation) {
    Evaluation.Outcome outcome = evaluation.outcome(rule);
    String name = "x" + BigDecimal.valueOf(speedup).stripTrailingZeros().toPlainString();
    return new Tier(name, rule, outcome.layerSpeedup(), outcome.agreement());
  }
}
