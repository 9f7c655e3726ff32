package dev.offramp.trainer;

import dev.offramp.trainer.Trainable.Part;
import java.util.Arrays;

/**
 * In the first half of the steps the last exit learns together with the whole backbone; in the
 * second half that is frozen, and the internal exits' classifiers learn on top of it.
 *
 * <p>The pooler, which all exits share, belongs to the backbone; DeeBERT's exits have poolers of
 * their own. Both halves lie on one schedule of the learning rate; the second has an optimizer that
 * begins anew, as DeeBERT's.
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
    return isSecond(step)
        ? new Trainable(Part.INTERNAL_EXITS, step.index() - firstOfSecond(step) + 1)
        : new Trainable(Part.ALL_BUT_INTERNAL_EXITS, step.index() + 1);
  }

  private static boolean isSecond(Step step) {
    return step.index() >= firstOfSecond(step);
  }

  private static long firstOfSecond(Step step) {
    return Math.ceilDiv(step.total(), 2);
  }
}
