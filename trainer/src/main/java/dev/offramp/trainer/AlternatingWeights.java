package dev.offramp.trainer;

/**
 * The last exit alone in every other step, all exits alike in those between; an exit counts {@code
 * 1 / M} wherever it counts.
 *
 * <p>Source: BERxiT (Xin et al., 2021), alternating fine-tuning; the first step is the last exit's.
 */
final class AlternatingWeights implements ExitWeights {
  private final EqualWeights all = new EqualWeights();

  @Override
  public double[] of(int exits, Step step) {
    if (countInternal(step)) {
      return all.of(exits, step);
    }
    var weights = new double[exits];
    // As much as it counts in the mean: the two kinds of step keep the ratio that BERxiT gives
    // them.
    weights[exits - 1] = 1.0 / exits;
    return weights;
  }

  @Override
  public boolean countInternal(Step step) {
    return step.index() % 2 == 1;
  }
}
