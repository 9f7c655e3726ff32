package dev.offramp.trainer;

import dev.offramp.trainer.TrainerSettings.ObjectiveKind;

/** Objectives by their names. */
final class Objectives {
  private Objectives() {}

  /** The objective of some settings. */
  static Objective of(
      ObjectiveKind kind, CoseeSettings cosee, Distillation distillation, double labelSmoothing) {
    Objective objective =
        switch (kind) {
          case COSEE -> new CoseeObjective(cosee, labelSmoothing);
          case COSEE_WITHOUT_OSC -> new CoseeObjective(cosee.withoutCalibration(), labelSmoothing);
          case COSEE_WITHOUT_SWM -> new CoseeObjective(cosee.withoutWeighting(), labelSmoothing);
          case SUM -> weighted(new EqualWeights(), cosee, labelSmoothing);
          case DEPTH_WEIGHTED -> weighted(new DepthWeights(), cosee, labelSmoothing);
          case TWO_STAGE -> weighted(new TwoStageWeights(), cosee, labelSmoothing);
          case ALTERNATING -> weighted(new AlternatingWeights(), cosee, labelSmoothing);
        };
    return distillation.factor() > 0 ? new Distilled(objective, distillation) : objective;
  }

  private static Objective weighted(
      ExitWeights weights, CoseeSettings cosee, double labelSmoothing) {
    return new WeightedCrossEntropies(weights, cosee.signal(), labelSmoothing);
  }
}
