package dev.offramp.trainer;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A risk tier's promise put to the test: over and over a tier is certified on some of the texts and
 * its disagreement counted on all the others.
 *
 * <p>With many more texts to count on than to calibrate on, the share of broken promises comes out
 * at {@code delta} or less, but for chance.
 *
 * @param eps the greatest disagreement promised
 * @param delta the greatest probability with which the promise may not hold
 * @param texts how many texts each trial calibrates on
 * @param trials how many trials there were
 * @param broken in how many of them the other texts disagreed more often than {@code eps}
 * @param meanDisagreement the other texts' disagreement, mean over the trials
 * @param meanSpeedup the other texts' layer speed-up, mean over the trials
 */
public record RiskTrials(
    double eps,
    double delta,
    int texts,
    int trials,
    int broken,
    double meanDisagreement,
    double meanSpeedup) {

  /**
   * Does the trials.
   *
   * @param seed draws the texts of each trial
   * @throws TooFewTextsException if {@code texts} are too few to certify anything
   */
  public static RiskTrials of(
      Evaluation all,
      ExitSignal signal,
      double temperature,
      double eps,
      double delta,
      int texts,
      int trials,
      long seed) {
    Checked.atLeast("trials", trials, 1);
    int known = all.traces().size();
    if (texts < 1 || texts >= known) {
      throw new IllegalArgumentException(
          "texts a trial: %d (expected: 1 to %d, so that others are left to count on)"
              .formatted(texts, known - 1));
    }
    var random = new Random(seed);
    int broken = 0;
    double disagreement = 0;
    double speedup = 0;
    List<Trace> traces = new ArrayList<>(all.traces());
    for (int trial = 0; trial < trials; trial++) {
      Collections.shuffle(traces, random);
      RiskControl.Choice choice =
          RiskControl.of(part(all, traces.subList(0, texts)), signal, temperature)
              .boldest(eps, delta);
      Evaluation.Outcome others = part(all, traces.subList(texts, known)).outcome(choice.rule());
      broken += 1 - others.agreement() > eps ? 1 : 0;
      disagreement += 1 - others.agreement();
      speedup += others.layerSpeedup();
    }
    return new RiskTrials(
        eps, delta, texts, trials, broken, disagreement / trials, speedup / trials);
  }

  private static Evaluation part(Evaluation all, List<Trace> traces) {
    return new Evaluation(all.layers(), all.names(), traces, Optional.empty(), 0);
  }
}
