package dev.offramp.trainer;

/**
 * How much the internal exits learn from the last one besides the labels.
 *
 * @param factor the weight of it; 0: not at all
 * @param temperature what softens the distributions; 1: nothing
 */
public record Distillation(double factor, double temperature) {
  /** None. */
  public static final Distillation NONE = new Distillation(0, 2);

  public Distillation {
    Checked.notNegative("distillation", factor);
    Checked.positive("distillation temperature", temperature);
  }
}
