package dev.offramp.trainer;

/**
 * Adam with decoupled weight decay, over a vector of parameters.
 *
 * <p>Step s: {@code m = b1 m + (1 - b1) g}, {@code v = b2 v + (1 - b2) g^2}, {@code p -= lr (decay
 * p + m' / (sqrt(v') + eps))} with {@code m' = m / (1 - b1^s)} and {@code v' = v / (1 - b2^s)}.
 *
 * <p>Threading: steps over ranges that do not overlap may run at the same time. Ownership: it moves
 * the arrays that it was given.
 *
 * <p>Source: Loshchilov and Hutter, 2019, algorithm 2.
 */
final class AdamW {
  static final float FIRST_DECAY = 0.9f;
  static final float SECOND_DECAY = 0.999f;
  static final float EPSILON = 1e-8f;

  private final float[] first;
  private final float[] second;

  /**
   * An optimizer that goes on from given moments.
   *
   * @param first the running mean of the gradient, not yet corrected for its start at zero
   * @param second that of the squared gradient
   */
  AdamW(float[] first, float[] second) {
    this.first = first;
    this.second = second;
  }

  /** An optimizer before its first step. */
  static AdamW atRest(int parameters) {
    return new AdamW(new float[parameters], new float[parameters]);
  }

  /**
   * Moves some parameters one step.
   *
   * @param range which
   * @param decay how much of each of them a step at learning rate 1 takes
   * @param step the number of this step among those that moved them, from 1
   */
  void step(
      float[] parameters,
      float[] gradient,
      Range range,
      float decay,
      float learningRate,
      long step) {
    float firstScale = (float) (1 / (1 - Math.pow(FIRST_DECAY, (double) step)));
    float secondScale = (float) (1 / Math.sqrt(1 - Math.pow(SECOND_DECAY, (double) step)));
    // Plain enough for the JIT compiler to make it wide.
    for (int i = range.from(); i < range.to(); i++) {
      float g = gradient[i];
      float m = FIRST_DECAY * first[i] + (1 - FIRST_DECAY) * g;
      float v = SECOND_DECAY * second[i] + (1 - SECOND_DECAY) * (g * g);
      float update = m * firstScale / ((float) Math.sqrt(v) * secondScale + EPSILON);
      first[i] = m;
      second[i] = v;
      parameters[i] -= learningRate * (update + decay * parameters[i]);
    }
  }

  float[] first() {
    return first;
  }

  float[] second() {
    return second;
  }
}
