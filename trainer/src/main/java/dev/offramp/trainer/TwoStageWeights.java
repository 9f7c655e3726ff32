package dev.offramp.trainer;

import java.util.Arrays;

/**
 * In the first half of the steps the last exit learns together with the whole backbone; in the
 * second half that is frozen, and the internal exits' classifiers learn on top of it.
 *
 * <p>The pooler, which all exits share, belongs to the backbone. Both halves lie on one schedule of
 * the learning rate.
 *
 * <p>Source: DeeBERT (Xin et al., 2020), section 3.
 */
final class TwoStageWeights implements ExitWeights {
  @Override
  public double[] of(int exits, Step step) {
    var weights = new double[exits];
    if (isSecond(step)) {
      Arrays.fill(weights, 0, exits - 1, 1.0 / (exits - 1));
    } else {
      weights[exits - 1] = 1;
    }
    return weights;
  }

  @Override
  public boolean countInternal(Step step) {
    return isSecond(step);
  }

  @Override
  public Trainable trainable(Step step) {
    return isSecond(step) ? Trainable.INTERNAL_EXITS : Trainable.ALL;
  }

  private static boolean isSecond(Step step) {
    return 2 * step.index() >= step.total();
  }
}
