package dev.offramp.trainer;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.tier.Calibration;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Curve;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Chooses a checkpoint's tiers: for each asked speed-up the safest threshold that reaches it, and
 * for each asked risk the boldest threshold that keeps to it, with a {@link Certificate}.
 *
 * <p>Calibrate on texts like those to be served, that the model was not trained on: it is surer of
 * what it knows, and thresholds from such texts would promise too much speed.
 */
public final class Calibrator {
  private static final Logger log = LogManager.getLogger(Calibrator.class);

  /** The delta of a promise that names none. */
  public static final double DEFAULT_DELTA = 0.1;

  /* From fewer the error itself is not known. */
  private static final int LEAST_TEXTS = 30;

  /* How exactly a tier's speed-up is to be known. */
  private static final double EXACT = 0.1;

  private Calibrator() {}

  /**
   * What to choose tiers by.
   *
   * @param signal the signal whose thresholds make the tiers
   * @param temperature its temperature
   * @param speedups the layer speed-ups to reach, each a tier named {@code x<speed-up>}
   * @param risks the shares of disagreement with the full model to keep to, each a tier named
   *     {@code risk<share>}
   * @param delta the probability with which a risk tier's promise may not hold
   * @param metric what the curve measures that is kept beside the tiers; none: what the task of the
   *     texts asks for, or agreement where they have no labels
   * @param curvePoints thresholds on that curve
   */
  public record Settings(
      ExitSignal signal,
      double temperature,
      List<Double> speedups,
      List<Double> risks,
      double delta,
      Optional<Metric> metric,
      int curvePoints) {
    public Settings {
      Checked.positive("temperature", temperature);
      speedups = speedups.stream().sorted().distinct().toList();
      for (double speedup : speedups) {
        if (!(speedup > 1) || !Double.isFinite(speedup)) {
          throw new IllegalArgumentException("speed-up: " + speedup + " (expected: > 1)");
        }
      }
      risks = risks.stream().sorted().distinct().toList();
      risks.forEach(risk -> between("risk", risk));
      between("delta", delta);
      Checked.atLeast("curve points", curvePoints, 2);
    }

    /** Speed tiers alone. */
    public Settings(ExitSignal signal, double temperature, List<Double> speedups, int curvePoints) {
      this(signal, temperature, speedups, List.of(), DEFAULT_DELTA, curvePoints);
    }

    /** A curve of what the task of the texts asks for. */
    public Settings(
        ExitSignal signal,
        double temperature,
        List<Double> speedups,
        List<Double> risks,
        double delta,
        int curvePoints) {
      this(signal, temperature, speedups, risks, delta, Optional.empty(), curvePoints);
    }

    private static void between(String name, double value) {
      if (!(value > 0 && value < 1)) {
        throw new IllegalArgumentException(name + ": " + value + " (expected: > 0 and < 1)");
      }
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
   * <p>A speed-up that the model cannot reach, having too few layers, gets no tier. Where few texts
   * tell little about a tier's speed-up, the log says so.
   *
   * @param checkpoint the checkpoint's directory
   * @return what was written
   * @throws TooFewTextsException if a speed-up or risk asked for needs more texts; then nothing is
   *     written
   * @throws IllegalArgumentException if speed-ups are asked for and nothing else, and none can be
   *     reached; then nothing is written
   */
  public static Tiers calibrate(Path checkpoint, EvaluationTexts texts, Settings settings) {
    requireEnough(texts.size(), settings);
    return calibrate(checkpoint, Evaluator.record(checkpoint, texts), settings);
  }

  /**
   * Calibrates a checkpoint by traces recorded before, and writes its {@code tiers.json}.
   *
   * @throws TooFewTextsException as there
   * @throws IllegalArgumentException as there, and if the traces are another checkpoint's
   */
  public static Tiers calibrate(Path checkpoint, RecordedTraces recorded, Settings settings) {
    try {
      String sha256 = Checkpoint.sha256(checkpoint);
      if (!sha256.equals(recorded.checkpointSha256())) {
        throw new IllegalArgumentException(
            "traces of checkpoint %s (expected: %s, %s). Record them again."
                .formatted(short12(recorded.checkpointSha256()), short12(sha256), checkpoint));
      }
      Tiers tiers = tiers(recorded, settings);
      tiers.write(checkpoint);
      return tiers;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tiers of " + checkpoint, e);
    }
  }

  private static String short12(String sha256) {
    return sha256.substring(0, Math.min(12, sha256.length()));
  }

  /* Before the model runs, so that the answer comes at once. */
  private static void requireEnough(int texts, Settings settings) {
    if (!settings.speedups().isEmpty() && texts < LEAST_TEXTS) {
      throw new TooFewTextsException(texts, LEAST_TEXTS);
    }
    settings.risks().forEach(eps -> RiskControl.requireEnough(texts, eps, settings.delta()));
  }

  static Tiers tiers(RecordedTraces recorded, Settings settings) {
    Evaluation evaluation = recorded.evaluation();
    requireEnough(evaluation.traces().size(), settings);
    var calibration =
        new Calibration(
            evaluation.traces().size(),
            recorded.textsSha256(),
            short12(recorded.checkpointSha256()),
            recorded.precision());
    var tiers = new ArrayList<Tier>();
    tiers.add(Tier.full());
    for (double speedup : settings.speedups()) {
      evaluation
          .atSpeedup(settings.signal(), settings.temperature(), speedup)
          .ifPresentOrElse(
              rule -> {
                tiers.add(tier(speedup, rule, evaluation));
                adviseMoreTexts(speedup, rule, evaluation);
              },
              () ->
                  log.warn(
                      "no tier for speed-up {}: the model has only {} layers",
                      speedup,
                      evaluation.layers()));
    }
    if (tiers.size() == 1 && !settings.speedups().isEmpty() && settings.risks().isEmpty()) {
      throw new IllegalArgumentException(
          "speed-ups: %s, none of which can be reached (expected: at most %d, the model's layers)"
              .formatted(settings.speedups(), evaluation.layers()));
    }
    RiskControl control = RiskControl.of(evaluation, settings.signal(), settings.temperature());
    for (double eps : settings.risks()) {
      tiers.add(riskTier(control.boldest(eps, settings.delta()), eps, recorded, settings));
    }
    Metric metric = settings.metric().orElseGet(() -> recorded.metric().over(evaluation));
    Curve curve =
        evaluation.curve(settings.signal(), settings.temperature(), metric, settings.curvePoints());
    return new Tiers(calibration, tiers, List.of(curve));
  }

  private static Tier tier(double speedup, ExitRule.Threshold rule, Evaluation evaluation) {
    Evaluation.Outcome outcome = evaluation.outcome(rule);
    return new Tier("x" + plain(speedup), rule, outcome.layerSpeedup(), outcome.agreement());
  }

  /* By the normal approximation to the mean depth of texts like these. */
  private static void adviseMoreTexts(
      double speedup, ExitRule.Threshold rule, Evaluation evaluation) {
    int texts = evaluation.traces().size();
    double error = evaluation.outcome(rule).depthError();
    long enough = (long) Math.ceil(texts * Math.pow(error / EXACT, 2));
    if (texts < enough) {
      log.warn(
          "tier x{}: {} texts tell its speed-up to within {} % (expected: some {} texts, for {} %)",
          plain(speedup), texts, Math.round(100 * error), enough, Math.round(100 * EXACT));
    }
  }

  private static Tier riskTier(
      RiskControl.Choice choice, double eps, RecordedTraces recorded, Settings settings) {
    Evaluation.Outcome outcome = recorded.evaluation().outcome(choice.rule());
    return new Tier(
        "risk" + plain(eps),
        choice.rule(),
        outcome.layerSpeedup(),
        outcome.agreement(),
        Optional.of(
            new Certificate(
                eps,
                settings.delta(),
                recorded.evaluation().traces().size(),
                Certificate.DISAGREEMENT,
                choice.upperBound(),
                recorded.textsSha256(),
                recorded.checkpointSha256(),
                recorded.precision())));
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
