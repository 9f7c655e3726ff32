package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * An objective, and the last exit as a teacher of the internal ones: their distributions are to be
 * like its own, both softened by a temperature T.
 *
 * <p>Adds {@code factor T^2 mean_m mean_n KL(softmax(f_M / T) || softmax(f_m / T))} over the
 * internal exits m, in steps that are for these. No gradient flows into the teacher.
 *
 * <p>Source: Hinton et al., 2015, for the temperature and its square; the teacher as in BERT's
 * self-distillation (FastBERT, Liu et al., 2020).
 */
final class Distilled implements Objective {
  private final Objective objective;
  private final Distillation settings;

  Distilled(Objective objective, Distillation settings) {
    this.objective = objective;
    this.settings = settings;
  }

  @Override
  public Loss loss(NDArray logits, int[] labels, Step step) {
    Loss loss = objective.loss(logits, labels, step);
    if (!objective.teachesInternalExits(step)) {
      return loss;
    }
    int exits = (int) logits.getShape().get(0);
    double temperature = settings.temperature();
    NDArray students = // [M - 1, N, C]
        Scaling.scale(logits.get("0:" + (exits - 1)), 1 / temperature).logSoftmax(-1);
    NDArray teacher = // [1, N, C]
        Scaling.scale(logits.get((exits - 1) + ":").stopGradient(), 1 / temperature).logSoftmax(-1);
    NDArray divergence = teacher.exp().mul(teacher.sub(students)).sum();
    double share = settings.factor() * temperature * temperature / ((exits - 1.0) * labels.length);
    NDArray total = loss.total().add(Scaling.scale(divergence, share));
    return new Loss(
        total, total.getFloat(), loss.crossEntropy(), loss.calibration(), loss.signals());
  }

  @Override
  public Optional<String> advice(double calibration) {
    return objective.advice(calibration);
  }

  @Override
  public boolean teachesInternalExits(Step step) {
    return objective.teachesInternalExits(step);
  }

  @Override
  public Trainable trainable(Step step) {
    return objective.trainable(step);
  }
}
