package dev.offramp.trainer;

/**
 * The last exit alone in every other step, all exits alike in those between.
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
    weights[exits - 1] = 1;
    return weights;
  }

  @Override
  public boolean countInternal(Step step) {
    return step.index() % 2 == 1;
  }
}
