package dev.offramp.trainer;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/*
 * Fixed-sequence testing. For every threshold of a sequence fixed beforehand the hypothesis "its
 * mean disagreement is above eps" is tested at level delta, from the safest on; the walk stops at
 * the first that cannot be rejected, and the answer is the last that was. An answer is wrong only
 * if the first true hypothesis of the walk was rejected, which is one test at level delta: so the
 * whole walk errs with probability delta at most, however many thresholds it passed and whether or
 * not disagreement rises from each to the next. What must not happen is to skip a failure because a
 * bolder threshold would pass.
 *
 * A later exit can contradict the full model where an earlier one agreed, so disagreement is not
 * monotone, and conformal risk control, which needs that, is not used.
 */

/**
 * Finds the boldest threshold whose disagreement with the full model is at most {@code eps} with
 * probability {@code 1 - delta}, over texts drawn like those of the traces.
 *
 * <p>Shapes: N texts, M exits. Losses need no labels.
 *
 * <p>Threading: not safe; one for a walk. Source: "Fast yet Safe" (arXiv 2405.20915), the UCB rule,
 * from its equations.
 */
final class RiskControl {
  /** Fixes the order in which texts are bet on; files may be sorted. */
  static final long ORDER_SEED = 20240531;

  private final ExitSignal signal;
  private final double temperature;
  private final int layers;
  private final double[] sequence;
  private final double[][] values; // [N][M - 1]
  private final boolean[][] disagrees; // [N][M]

  private RiskControl(
      ExitSignal signal, double temperature, int layers, int classes, List<Trace> shuffled) {
    this.signal = signal;
    this.temperature = temperature;
    this.layers = layers;
    this.sequence = ThresholdSequence.of(signal, classes);
    int texts = shuffled.size();
    this.values = new double[texts][layers - 1];
    this.disagrees = new boolean[texts][layers];
    for (int n = 0; n < texts; n++) {
      Trace trace = shuffled.get(n);
      for (int depth = 1; depth <= layers; depth++) {
        disagrees[n][depth - 1] = trace.label(depth) != trace.label(layers);
        if (depth < layers) {
          values[n][depth - 1] = trace.signal(depth, signal, temperature);
        }
      }
    }
  }

  /**
   * What was found.
   *
   * @param rule the boldest threshold that passed
   * @param upperBound the bound of its disagreement, at most the {@code eps} asked for
   */
  record Choice(ExitRule.Threshold rule, double upperBound) {}

  /** Prepares the walk over an evaluation's texts, shuffled. */
  static RiskControl of(Evaluation evaluation, ExitSignal signal, double temperature) {
    List<Trace> shuffled = new ArrayList<>(evaluation.traces());
    Collections.shuffle(shuffled, new Random(ORDER_SEED));
    return new RiskControl(
        signal, temperature, evaluation.layers(), evaluation.classes(), shuffled);
  }

  /**
   * Walks from the safest threshold to the first that fails.
   *
   * @throws TooFewTextsException if even a threshold without a loss cannot pass
   */
  Choice boldest(double eps, double delta) {
    requireEnough(values.length, eps, delta);
    var depths = new int[values.length];
    Arrays.fill(depths, layers);
    var losses = new double[values.length];
    int passed = -1;
    for (int i = 0; i < sequence.length; i++) {
      if (move(sequence[i], depths, losses) && !RiskBound.isAtMost(eps, losses, delta)) {
        break;
      }
      passed = i;
    }
    // Safe: without a loss the bound holds, and the first threshold of a sequence lets none leave.
    double threshold = sequence[Math.max(passed, 0)];
    Arrays.fill(depths, layers);
    Arrays.fill(losses, 0);
    move(threshold, depths, losses);
    return new Choice(
        new ExitRule.Threshold(signal, threshold, temperature),
        Math.min(eps, RiskBound.upper(losses, delta)));
  }

  /** Refuses fewer texts than a certificate needs. */
  static void requireEnough(int texts, double eps, double delta) {
    int needed = RiskBound.textsNeeded(eps, delta);
    if (texts < needed) {
      throw new TooFewTextsException(texts, needed, eps, delta);
    }
  }

  /** Lets texts leave by a bolder threshold; whether that changed any loss. */
  private boolean move(double threshold, int[] depths, double[] losses) {
    boolean changed = false;
    for (int n = 0; n < depths.length; n++) {
      for (int depth = 1; depth < depths[n]; depth++) {
        if (signal.passes(values[n][depth - 1], threshold)) {
          depths[n] = depth;
          double loss = disagrees[n][depth - 1] ? 1 : 0;
          changed |= loss != losses[n];
          losses[n] = loss;
          break;
        }
      }
    }
    return changed;
  }
}
